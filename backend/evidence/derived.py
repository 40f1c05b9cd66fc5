"""Values derived from one run's series: at the best epoch, at the last one, over all of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import log
from statistics import fmean, linear_regression, median, stdev

from backend.evidence.records import LayerGradients, RunRecord
from skiplab.contract.best import best_metric, best_of
from skiplab.contract.metrics import Metric

STABLE_EPOCHS = 5


@dataclass(frozen=True)
class Derive:
    """Map a run to its value; None if it was not measured."""

    of: Callable[[RunRecord], float | None]
    metrics: tuple[str, ...] = ()
    """Those that it reads, so that they are loaded."""

    def __call__(self, run: RunRecord) -> float | None:
        return self.of(run)


def reads(*metrics: str) -> Callable[[Callable[[RunRecord], float | None]], Derive]:
    """Make a function of a run's series of these metrics a `Derive`."""
    return lambda of: Derive(of, metrics)


def best_epoch(run: RunRecord) -> int | None:
    chosen_by = run.get(best_metric(_measured(run)))
    best = best_of(zip(chosen_by.epochs, chosen_by.values, strict=True))
    return best and best.epoch


def selected_on(runs: Iterable[RunRecord]) -> str:
    """Return which set selected the best epochs, such as "selected on validation"; empty if nothing was measured."""
    measured = [run for run in runs if best_epoch(run) is not None]
    sets = {"validation" if best_metric(_measured(run)) == Metric.VAL_ACCURACY else "test" for run in measured}
    return f"selected on {' or '.join(sorted(sets, reverse=True))}" if sets else ""


def _measured(run: RunRecord) -> set[str]:
    return {key for key, series in run.series.items() if len(series)}


# -- Of one series ----------------------------------------------------------------------------------------------------


def at_best(metric: str) -> Derive:
    @reads(metric)
    def derive(run: RunRecord) -> float | None:
        epoch = best_epoch(run)
        return None if epoch is None else run.get(metric).at(epoch)

    return derive


def last(metric: str) -> Derive:
    @reads(metric)
    def derive(run: RunRecord) -> float | None:
        values = run.get(metric).values
        return values[-1] if values else None

    return derive


def total(metric: str) -> Derive:
    @reads(metric)
    def derive(run: RunRecord) -> float | None:
        values = run.get(metric).values
        return sum(values) if values else None

    return derive


def median_of(metric: str) -> Derive:
    """Take the median, so that one slow epoch (compilation, a backup) does not distort it."""

    @reads(metric)
    def derive(run: RunRecord) -> float | None:
        values = run.get(metric).values
        return median(values) if values else None

    return derive


@reads(Metric.TEST_ACCURACY)
def accuracy_area(run: RunRecord) -> float | None:
    """Return the area under the test accuracy by the trapezoidal rule, divided by the span of epochs so that runs of
    different length compare; missing epochs are interpolated."""
    accuracy = run.get(Metric.TEST_ACCURACY)
    if len(accuracy) < 2:
        return accuracy.values[0] if len(accuracy) else None
    pieces = zip(accuracy.epochs[:-1], accuracy.epochs[1:], accuracy.values[:-1], accuracy.values[1:], strict=True)
    whole = sum((end - begin) * (low + high) / 2 for begin, end, low, high in pieces)
    return whole / (accuracy.epochs[-1] - accuracy.epochs[0])


@reads(Metric.TEST_ACCURACY)
def stability(run: RunRecord) -> float | None:
    values = run.get(Metric.TEST_ACCURACY).values[-STABLE_EPOCHS:]
    return stdev(values) if len(values) == STABLE_EPOCHS else None


# -- Of gradients over depth ------------------------------------------------------------------------------------------


def gradient_ratio(layers: LayerGradients) -> float | None:
    """Return first / last; None if either is unknown."""
    if len(layers.gradients) < 2:
        return None
    first, last = layers.gradients[0], layers.gradients[-1]
    return first / last if first is not None and last else None


def gradient_slope(layers: LayerGradients) -> float | None:
    """Return the slope of the natural log gradient over the block index; above 0: vanishing towards the input."""
    known = [(place, each) for place, each in enumerate(layers.gradients) if each is not None]
    if len(known) < 2 or min(each for _, each in known) <= 0:
        return None
    return linear_regression([place for place, _ in known], [log(each) for _, each in known]).slope


def mean_over_epochs(of_layers: Callable[[LayerGradients], float | None]) -> Derive:
    """Average over the epochs, without epoch 0 (initialisation)."""

    @reads()
    def derive(run: RunRecord) -> float | None:
        found = [of_layers(layers) for layers in run.layers if layers.epoch > 0]
        known = [each for each in found if each is not None]
        return fmean(known) if known else None

    return derive


def at_initialisation(of_layers: Callable[[LayerGradients], float | None]) -> Derive:
    @reads()
    def derive(run: RunRecord) -> float | None:
        return next((of_layers(layers) for layers in run.layers if layers.epoch == 0), None)

    return derive
