"""What is derived of one run: the columns of tables and export, and what claims compare."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import log
from statistics import fmean, linear_regression, median, stdev

from backend.evidence.censoring import TimeToTarget
from backend.evidence.records import LayerGradients, RunRecord, Series
from skiplab.contract.best import best_metric, best_of
from skiplab.contract.metrics import Metric

STABLE_EPOCHS = 5


class Kind(StrEnum):
    FACT = "fact"  # of the network: the same for every seed
    VALUE = "value"
    TIME = "time"  # until a target; a run may never get there


@dataclass(frozen=True)
class Quantity:
    """One measure: what it is called, what it is in, and how a run's value is found."""

    label: str
    unit: str  # "" | "%" (a fraction, shown as percent) | "s" | ...
    kind: Kind = Kind.VALUE
    clocked: bool = False  # depends on hardware and load
    lower_is_better: bool = False


class Measure(StrEnum):
    PARAMETERS = "parameters"
    FLOPS = "flops"
    BEST_ACCURACY = "best_accuracy"
    FINAL_ACCURACY = "final_accuracy"
    ACCURACY_AREA = "accuracy_area"
    TRAIN_LOSS = "train_eval_loss"
    GAP_AT_BEST = "gap_at_best"
    GAP_AT_END = "gap_at_end"
    STABILITY = "stability"
    EPOCHS_TO_TARGET = "epochs_to_target"
    IMAGES_TO_TARGET = "images_to_target"
    SECONDS_TO_TARGET = "seconds_to_target"
    SECONDS_PER_EPOCH = "seconds_per_epoch"
    IMAGES_PER_SECOND = "images_per_second"
    GRADIENT_RATIO = "gradient_ratio"
    GRADIENT_SLOPE = "gradient_slope"
    GRADIENT_SLOPE_AT_START = "gradient_slope_at_start"


QUANTITIES: Mapping[Measure, Quantity] = {
    Measure.PARAMETERS: Quantity("parameters", "", Kind.FACT, lower_is_better=True),
    Measure.FLOPS: Quantity("FLOPs per image", "", Kind.FACT, lower_is_better=True),
    Measure.BEST_ACCURACY: Quantity("best test accuracy", "%"),
    Measure.FINAL_ACCURACY: Quantity("final test accuracy", "%"),
    Measure.ACCURACY_AREA: Quantity("mean test accuracy over the run (area under its curve)", "%"),
    Measure.TRAIN_LOSS: Quantity("final training loss in eval mode", "nats", lower_is_better=True),
    Measure.GAP_AT_BEST: Quantity("generalisation gap at the best epoch", "%", lower_is_better=True),
    Measure.GAP_AT_END: Quantity("generalisation gap at the last epoch", "%", lower_is_better=True),
    Measure.STABILITY: Quantity(f"sd of the last {STABLE_EPOCHS} test accuracies", "%", lower_is_better=True),
    Measure.EPOCHS_TO_TARGET: Quantity("epochs to the target", "epochs", Kind.TIME, lower_is_better=True),
    Measure.IMAGES_TO_TARGET: Quantity("images to the target", "images", Kind.TIME, lower_is_better=True),
    Measure.SECONDS_TO_TARGET: Quantity(
        "seconds of training to the target", "s", Kind.TIME, clocked=True, lower_is_better=True
    ),
    Measure.SECONDS_PER_EPOCH: Quantity("seconds per epoch", "s", clocked=True, lower_is_better=True),
    Measure.IMAGES_PER_SECOND: Quantity("images per second", "images/s", clocked=True),
    Measure.GRADIENT_RATIO: Quantity("gradient at the first block against the last, mean of the epochs", ""),
    Measure.GRADIENT_SLOPE: Quantity("slope of log gradient over depth, mean of the epochs", "per block"),
    Measure.GRADIENT_SLOPE_AT_START: Quantity("slope of log gradient over depth at initialisation", "per block"),
}


CHOSEN_ON_BEST = frozenset({Measure.BEST_ACCURACY, Measure.GAP_AT_BEST})
"""Taken at the best epoch, so that it matters which set chose it."""


def value(run: RunRecord, measure: Measure) -> float | None:
    """One run's value of a measure that is neither a fact nor a time to a target; None where it was not measured."""
    return _VALUES[measure](run)


def fact(runs: Iterable[RunRecord], measure: Measure) -> float | None:
    """What the network costs at the size of the runs' own images and for their classes; None where no run has measured
    it, or where they differ because the network's code was edited between them."""
    networks = [run.network for run in runs if run.network is not None]
    found = {each.parameters if measure == Measure.PARAMETERS else each.flops for each in networks}
    return found.pop() if len(found) == 1 else None


def time_to_target(run: RunRecord, measure: Measure, target: float) -> TimeToTarget | None:
    """When the test accuracy first reached `target`, in the measure's unit; None without any accuracy."""
    accuracy = run.get(Metric.TEST_ACCURACY)
    if not len(accuracy):
        return None
    clock = _CLOCKS[measure](run)
    if clock is None:
        return None
    crossing = _first_crossing(accuracy, target)
    return TimeToTarget(None if crossing is None else clock(crossing), clock(accuracy.epochs[-1]))


def best_epoch(run: RunRecord) -> int | None:
    chosen_by = run.get(best_metric(_measured(run)))
    best = best_of(zip(chosen_by.epochs, chosen_by.values, strict=True))
    return best and best.epoch


def selected_on(runs: Iterable[RunRecord]) -> str:
    """Which set chose the runs' best epochs, in the words of every place that shows a best accuracy."""
    measured = [run for run in runs if best_epoch(run) is not None]
    sets = {"validation" if best_metric(_measured(run)) == Metric.VAL_ACCURACY else "test" for run in measured}
    return f"selected on {' or '.join(sorted(sets, reverse=True))}" if sets else ""


def _measured(run: RunRecord) -> set[str]:
    return {key for key, series in run.series.items() if len(series)}


def gradient_ratio(layers: LayerGradients) -> float | None:
    """None where the first or the last is not known."""
    if len(layers.gradients) < 2:
        return None
    first, last = layers.gradients[0], layers.gradients[-1]
    return first / last if first is not None and last else None


def gradient_slope(layers: LayerGradients) -> float | None:
    """Of the natural logarithm over the place of the block: 0 is a gradient that all depths feel alike; above 0 it
    fades on its way back to the first."""
    known = [(place, each) for place, each in enumerate(layers.gradients) if each is not None]
    if len(known) < 2 or min(each for _, each in known) <= 0:
        return None
    return linear_regression([place for place, _ in known], [log(each) for _, each in known]).slope


# -- Single values ----------------------------------------------------------------------------------------------------


def _at_best(series: Callable[[RunRecord], Series]) -> Callable[[RunRecord], float | None]:
    def find(run: RunRecord) -> float | None:
        epoch = best_epoch(run)
        return None if epoch is None else series(run).at(epoch)

    return find


def _last(series: Callable[[RunRecord], Series]) -> Callable[[RunRecord], float | None]:
    def find(run: RunRecord) -> float | None:
        values = series(run).values
        return values[-1] if values else None

    return find


def _of(key: str) -> Callable[[RunRecord], Series]:
    return lambda run: run.get(key)


def _area(run: RunRecord) -> float | None:
    """By trapezia, divided by the span: comparable between runs of different length. Missing epochs are bridged."""
    accuracy = run.get(Metric.TEST_ACCURACY)
    if len(accuracy) < 2:
        return accuracy.values[0] if len(accuracy) else None
    pieces = zip(accuracy.epochs[:-1], accuracy.epochs[1:], accuracy.values[:-1], accuracy.values[1:], strict=True)
    whole = sum((end - begin) * (low + high) / 2 for begin, end, low, high in pieces)
    return whole / (accuracy.epochs[-1] - accuracy.epochs[0])


def _stability(run: RunRecord) -> float | None:
    last = run.get(Metric.TEST_ACCURACY).values[-STABLE_EPOCHS:]
    return stdev(last) if len(last) == STABLE_EPOCHS else None


def _median(key: str) -> Callable[[RunRecord], float | None]:
    """The median: a first epoch that compiles, or one beside a backup, says nothing of the network."""

    def find(run: RunRecord) -> float | None:
        values = run.get(key).values
        return median(values) if values else None

    return find


def _over_epochs(of_layers: Callable[[LayerGradients], float | None]) -> Callable[[RunRecord], float | None]:
    def find(run: RunRecord) -> float | None:
        found = [of_layers(layers) for layers in run.layers if layers.epoch > 0]
        kept = [each for each in found if each is not None]
        return fmean(kept) if kept else None

    return find


def _slope_at_start(run: RunRecord) -> float | None:
    for layers in run.layers:
        if layers.epoch == 0:
            return gradient_slope(layers)
    return None


_VALUES: Mapping[Measure, Callable[[RunRecord], float | None]] = {
    Measure.BEST_ACCURACY: _at_best(_of(Metric.TEST_ACCURACY)),
    Measure.FINAL_ACCURACY: _last(_of(Metric.TEST_ACCURACY)),
    Measure.ACCURACY_AREA: _area,
    Measure.TRAIN_LOSS: _last(_of(Metric.TRAIN_EVAL_LOSS)),
    Measure.GAP_AT_BEST: _at_best(_of(Metric.GAP)),
    Measure.GAP_AT_END: _last(_of(Metric.GAP)),
    Measure.STABILITY: _stability,
    Measure.SECONDS_PER_EPOCH: _median(Metric.EPOCH_SECONDS),
    Measure.IMAGES_PER_SECOND: _median(Metric.IMAGES_PER_SECOND),
    Measure.GRADIENT_RATIO: _over_epochs(gradient_ratio),
    Measure.GRADIENT_SLOPE: _over_epochs(gradient_slope),
    Measure.GRADIENT_SLOPE_AT_START: _slope_at_start,
}


# -- Times to a target ------------------------------------------------------------------------------------------------


def _first_crossing(accuracy: Series, target: float) -> float | None:
    """The epoch, interpolated between the last value below and the first that is not. A first value that is there
    already counts as it is: nothing was measured before it."""
    before: tuple[int, float] | None = None
    for epoch, seen in zip(accuracy.epochs, accuracy.values, strict=True):
        if seen >= target:
            if before is None:
                return float(epoch)
            return before[0] + (epoch - before[0]) * (target - before[1]) / (seen - before[1])
        before = (epoch, seen)
    return None


Clock = Callable[[float], float]
"""From an epoch, whole or not, to what had passed by then."""


def _epochs(_run: RunRecord) -> Clock | None:
    return lambda epoch: epoch


def _images(run: RunRecord) -> Clock | None:
    speed, seconds = run.get(Metric.IMAGES_PER_SECOND), run.get(Metric.EPOCH_SECONDS)
    if not len(speed) or not len(seconds):
        return None
    # The worker divides one by the other: their product is the images of an epoch, whatever was split off.
    first = speed.epochs[0]
    taken = seconds.at(first)
    if taken is None:
        return None
    each = round(speed.values[0] * taken)
    return lambda epoch: epoch * each


def _seconds(run: RunRecord) -> Clock | None:
    """Training only: how often a run is evaluated is no property of its network."""
    seconds = run.get(Metric.EPOCH_SECONDS)
    if not len(seconds):
        return None
    typical = median(seconds.values)
    known = dict(zip(seconds.epochs, seconds.values, strict=True))

    def clock(epoch: float) -> float:
        whole = int(epoch)
        passed = sum(known.get(each, typical) for each in range(1, whole + 1))
        return passed + (epoch - whole) * known.get(whole + 1, typical)

    return clock


_CLOCKS: Mapping[Measure, Callable[[RunRecord], Clock | None]] = {
    Measure.EPOCHS_TO_TARGET: _epochs,
    Measure.IMAGES_TO_TARGET: _images,
    Measure.SECONDS_TO_TARGET: _seconds,
}
