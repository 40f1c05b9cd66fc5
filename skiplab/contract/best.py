"""Selection of a run's best epoch, shared by trainer, database and evidence."""

from collections.abc import Container, Iterable
from math import isfinite
from typing import NamedTuple

from skiplab.contract.metrics import Metric


class Best(NamedTuple):
    epoch: int
    value: float


def best_of(points: Iterable[tuple[int, float | None]]) -> Best | None:
    """Return the epoch with the largest finite value, the first of equals; None without one. `points`: by epoch."""
    found: Best | None = None
    for epoch, value in points:
        if value is not None and is_better(value, found and found.value):
            found = Best(epoch, value)
    return found


def is_better(value: float, best: float | None) -> bool:
    """Return whether `value` is finite and above `best`, the best so far (None without any)."""
    return isfinite(value) and (best is None or value > best)


def best_metric(measured: Container[str]) -> Metric:
    """Return the metric that selects the best epoch: validation accuracy if it is `measured`, else test accuracy.

    In the latter case, everything that shows the best epoch marks it as selected on the test set.
    """
    return Metric.VAL_ACCURACY if Metric.VAL_ACCURACY in measured else Metric.TEST_ACCURACY


def planned_metric(val_fraction: float) -> Metric:
    """Return the same before anything is measured, as far as the spec determines it."""
    return Metric.VAL_ACCURACY if val_fraction else Metric.TEST_ACCURACY
