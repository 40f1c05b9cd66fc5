"""Times to a target accuracy: epochs, images or seconds until a run first reaches it."""

from collections.abc import Callable
from statistics import median

from backend.evidence.censoring import TimeToTarget
from backend.evidence.records import RunRecord, Series
from skiplab.contract.metrics import Metric

Clock = Callable[[float], float]
"""Map an epoch, possibly fractional, to the epochs, images or seconds passed by then."""

ClockOf = Callable[[RunRecord], Clock | None]
"""Return the clock of a run; None if the run has not logged what it is based on."""


def time_to(run: RunRecord, clock_of: ClockOf, target: float) -> TimeToTarget | None:
    """Return when the test accuracy first reached `target`, in the clock's unit; None without any accuracy."""
    accuracy = run.get(Metric.TEST_ACCURACY)
    clock = clock_of(run) if len(accuracy) else None
    if clock is None:
        return None
    crossing = _first_crossing(accuracy, target)
    return TimeToTarget(None if crossing is None else clock(crossing), clock(accuracy.epochs[-1]))


def _first_crossing(accuracy: Series, target: float) -> float | None:
    """The epoch, interpolated linearly between the last value below the target and the first that is not.

    A first value at the target counts as it is: nothing was measured before it.
    """
    before: tuple[int, float] | None = None
    for epoch, seen in zip(accuracy.epochs, accuracy.values, strict=True):
        if seen >= target:
            if before is None:
                return float(epoch)
            return before[0] + (epoch - before[0]) * (target - before[1]) / (seen - before[1])
        before = (epoch, seen)
    return None


def epochs(_run: RunRecord) -> Clock | None:
    return lambda epoch: epoch


def images(run: RunRecord) -> Clock | None:
    each = run.images_per_epoch
    return None if each is None else lambda epoch: epoch * each


def seconds(run: RunRecord) -> Clock | None:
    """Seconds of training alone: how often a run is evaluated is not a property of its network."""
    measured = run.get(Metric.EPOCH_SECONDS)
    if not len(measured):
        return None
    typical = median(measured.values)
    known = dict(zip(measured.epochs, measured.values, strict=True))

    def clock(epoch: float) -> float:
        whole = int(epoch)
        passed = sum(known.get(each, typical) for each in range(1, whole + 1))
        return passed + (epoch - whole) * known.get(whole + 1, typical)

    return clock
