"""Queries on metrics."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy
from sqlmodel import Session, col, select

from backend.db.dialects import core
from backend.db.tables import MetricTable
from skiplab.contract.metrics import STEP_LOSS


class Point(NamedTuple):
    """One value. A plain tuple: tens of thousands are read at once, which as ORM objects would take a second."""

    run_id: int
    key: str
    step: int
    epoch: int
    time: datetime
    value: float | None
    nonfinite: str | None


_COLUMNS = core(MetricTable).c


def keys_of(session: Session, run_ids: Sequence[int]) -> Sequence[str]:
    """Return the metric keys logged by any of these runs, sorted."""
    return session.exec(
        select(MetricTable.key).where(col(MetricTable.run_id).in_(run_ids)).distinct().order_by(MetricTable.key)
    ).all()


def of_runs(
    session: Session, run_ids: Sequence[int], *, keys: Sequence[str] | None = None, since_epoch: int = 0
) -> list[Point]:
    """Return values after `since_epoch`, ordered by run, key and step; step losses only if named in `keys`."""
    query = sqlalchemy.select(*(_COLUMNS[name] for name in Point._fields)).where(
        _COLUMNS.run_id.in_(run_ids), _COLUMNS.epoch > since_epoch
    )
    query = query.where(_COLUMNS.key != STEP_LOSS if keys is None else _COLUMNS.key.in_(keys))
    found = session.execute(query.order_by(_COLUMNS.run_id, _COLUMNS.key, _COLUMNS.step))
    return list(map(Point._make, found))
