"""Queries on metrics."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from math import isfinite
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import Insert, ScalarSelect, Select, bindparam
from sqlmodel import Session, col, exists, select

from backend.db.dialects import INSERT, core
from backend.db.tables import MetricKeyTable, MetricTable
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

    @classmethod
    def of(cls, run_id: int, key: str, step: int, epoch: int, time: datetime, value: float) -> "Point":
        finite = isfinite(value)
        return cls(run_id, key, step, epoch, time, value if finite else None, None if finite else str(value))


def store(session: Session, points: Sequence[Point]) -> None:
    """Store points; one with the same run, key and step is overwritten."""
    if not points:
        return
    session.connection().execute(_NEW_KEY, [{"new": key} for key in {point.key for point in points}])
    session.connection().execute(_store(session.get_bind().dialect.name), [point._asdict() for point in points])


def id_of(key: str) -> ScalarSelect[int]:
    """Return the number of a key, for a condition on `MetricTable.key_id`."""
    return sqlalchemy.select(_KEYS.c.id).where(_KEYS.c.key == key).scalar_subquery()


def ids_of(keys: Collection[str]) -> Select[tuple[int]]:
    """Return the numbers of keys, for a condition on `MetricTable.key_id`."""
    return sqlalchemy.select(_KEYS.c.id).where(_KEYS.c.key.in_(keys))


def keys_of(session: Session, run_ids: Sequence[int]) -> Sequence[str]:
    """Return the metric keys logged by any of these runs, sorted."""
    logged = exists().where(col(MetricTable.run_id).in_(run_ids), col(MetricTable.key_id) == MetricKeyTable.id)
    return session.exec(select(MetricKeyTable.key).where(logged).order_by(MetricKeyTable.key)).all()


def of_runs(
    session: Session, run_ids: Sequence[int], *, keys: Sequence[str] | None = None, since_epoch: int = 0
) -> list[Point]:
    """Return values after `since_epoch`, ordered by run and step within each key; step losses only if named in
    `keys`."""
    wanted = _KEYS.c.key != STEP_LOSS if keys is None else _KEYS.c.key.in_(keys)
    found = session.execute(_POINTS.where(_POINT.run_id.in_(run_ids), _POINT.epoch > since_epoch, wanted))
    return list(map(Point._make, found.all()))


@cache
def _store(dialect: str) -> Insert:
    """Cached: composing it anew takes longer than executing it."""
    number = sqlalchemy.select(_KEYS.c.id).where(_KEYS.c.key == bindparam("key")).scalar_subquery()
    insert = INSERT[dialect](core(MetricTable)).values(key_id=number)
    overwritten = {name: insert.excluded[name] for name in ("epoch", "time", "value", "nonfinite")}
    return insert.on_conflict_do_update(index_elements=["run_id", "key_id", "step"], set_=overwritten)


# Composed once: composing a statement takes longer than executing it.
_POINT = core(MetricTable).c
_KEYS = core(MetricKeyTable)
_NEW_KEY = _KEYS.insert().from_select(
    ["key"],
    sqlalchemy.select(bindparam("new", type_=sqlalchemy.String)).where(
        ~sqlalchemy.exists().where(_KEYS.c.key == bindparam("new"))
    ),
)
_POINTS = (
    sqlalchemy.select(*(_KEYS.c.key if name == "key" else _POINT[name] for name in Point._fields))
    .join_from(core(MetricTable), _KEYS)
    .order_by(_POINT.run_id, _POINT.key_id, _POINT.step)
)
