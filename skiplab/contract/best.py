"""Which epoch of a run is its best: one rule for trainer, database and evidence."""

from collections.abc import Container, Iterable
from math import isfinite
from typing import NamedTuple

from skiplab.contract.metrics import Metric


class Best(NamedTuple):
    epoch: int
    value: float


def best_of(points: Iterable[tuple[int, float | None]]) -> Best | None:
    """The epoch with the largest finite value, of equals the first; `points` are in the order of their epochs."""
    found: Best | None = None
    for epoch, value in points:
        if value is not None and is_better(value, found and found.value):
            found = Best(epoch, value)
    return found


def is_better(value: float, best: float | None) -> bool:
    """`best`: of the epochs before, None where none of them has a finite value."""
    return isfinite(value) and (best is None or value > best)


def best_metric(measured: Container[str]) -> Metric:
    """What chooses the best epoch, of the keys that a run measures: the validation set where there is one, split off
    the training set or the data set's own, else the test set, and then every place that shows it says "selected on
    test"."""
    return Metric.VAL_ACCURACY if Metric.VAL_ACCURACY in measured else Metric.TEST_ACCURACY


def planned_metric(val_fraction: float) -> Metric:
    """The same before anything is measured, as far as the spec tells."""
    return Metric.VAL_ACCURACY if val_fraction else Metric.TEST_ACCURACY
