"""Queries on measured values."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy
from sqlmodel import Session, col, select

from backend.db.tables import MetricTable
from skiplab.contract.metrics import STEP_LOSS


class Point(NamedTuple):
    """One value. Plain: a page asks for tens of thousands at once, which as objects of the ORM would take a second."""

    run_id: int
    key: str
    step: int
    epoch: int
    time: datetime
    value: float | None
    nonfinite: str | None


_COLUMNS = sqlalchemy.inspect(MetricTable).local_table.c


def keys_of(session: Session, run_ids: Sequence[int]) -> Sequence[str]:
    """The keys that any of these runs has a value of."""
    return session.exec(
        select(MetricTable.key).where(col(MetricTable.run_id).in_(run_ids)).distinct().order_by(MetricTable.key)
    ).all()


def of_runs(
    session: Session, run_ids: Sequence[int], *, keys: Sequence[str] | None = None, since_epoch: int = 0
) -> list[Point]:
    """Values of these runs after `since_epoch`, ordered by run, key and step; those of single steps only by name."""
    query = sqlalchemy.select(*(_COLUMNS[name] for name in Point._fields)).where(
        _COLUMNS.run_id.in_(run_ids), _COLUMNS.epoch > since_epoch
    )
    query = query.where(_COLUMNS.key != STEP_LOSS if keys is None else _COLUMNS.key.in_(keys))
    found = session.execute(query.order_by(_COLUMNS.run_id, _COLUMNS.key, _COLUMNS.step))
    return list(map(Point._make, found))
