"""Stored values, one by one."""

from collections.abc import Sequence

from sqlmodel import Session

from backend.db import metrics
from backend.db.metrics import Point


def points_of(session: Session, run_ids: Sequence[int], *, keys: Sequence[str] | None = None) -> list[Point]:
    """Return the values of runs, by key and step."""
    return [
        Point(series.run_id, series.key, *values)
        for series in metrics.of_runs(session, run_ids, keys=keys)
        for values in zip(series.step, series.epoch, series.time, series.value, series.nonfinite, strict=True)
    ]
