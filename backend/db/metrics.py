"""Queries on metrics."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime
from itertools import groupby
from math import isfinite
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import BigInteger, Insert, ScalarSelect, Select, func, type_coerce
from sqlmodel import Session, col, exists, select

from backend.db.column_types import from_microseconds, to_microseconds
from backend.db.dialects import INSERT, core
from backend.db.prepared import Prepared, driver_rows
from backend.db.tables import MetricKeyTable, MetricTable
from skiplab.contract.metrics import STEP_LOSS

_NUMBERS = "numbers of metric keys"
"""Name under which connections and sessions remember them."""


class Point(NamedTuple):
    """One value to store."""

    run_id: int
    key: str
    step: int
    epoch: int
    time: datetime
    value: float | None
    nonfinite: str | None

    @classmethod
    def of(cls, run_id: int, key: str, step: int, epoch: int, time: datetime, value: float) -> "Point":
        return cls(run_id, key, step, epoch, time, *_as_stored(value))

    def stored(self) -> tuple[Any, ...]:
        """Return the columns after the key, as the database stores them."""
        return self.step, self.epoch, to_microseconds(self.time), self.value, self.nonfinite


class Series(NamedTuple):
    """The values of one metric of one run as columns, ordered by step. Tens of thousands of values are read at once,
    which as an object each would take a second."""

    run_id: int
    key: str
    step: Sequence[int]
    epoch: Sequence[int]
    time: Sequence[datetime]
    value: Sequence[float | None]
    nonfinite: Sequence[str | None]


class NewSeries(NamedTuple):
    """Values of one metric to store, as columns of equal length."""

    key: str
    step: Sequence[int]
    epoch: Sequence[int]
    time: Sequence[int]  # microseconds since 1970, as stored
    value: Sequence[float]


def store(session: Session, points: Sequence[Point]) -> None:
    """Store points; one with the same run, key and step is overwritten."""
    if points:
        numbers = _numbers(session, {point.key for point in points})
        _store(session, [(point.run_id, numbers[point.key], *point.stored()) for point in points])


def store_series(session: Session, run_id: int, series: Sequence[NewSeries]) -> None:
    """Store thousands of points of one run; one with the same key and step is overwritten."""
    numbers = _numbers(session, {each.key for each in series})
    rows = [
        (run_id, numbers[each.key], step, epoch, time, *_as_stored(value))
        for each in series
        for step, epoch, time, value in zip(each.step, each.epoch, each.time, each.value, strict=True)
    ]
    _store(session, rows)


def _store(session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
    _STORE.execute_stored(session.connection(), COLUMNS, rows)


def _numbers(session: Session, keys: Set[str]) -> Mapping[str, int]:
    """Return the numbers of keys; new ones are stored.

    No key is ever deleted, so that a connection remembers those that it has read. One that this transaction has stored
    is remembered no longer than that: it may be rolled back, and its number be given to another key.
    """
    known: dict[str, int] = session.connection().info.setdefault(_NUMBERS, {})
    if keys <= known.keys():
        return known
    own: dict[str, int] = session.info.setdefault(_NUMBERS, {})
    if unknown := keys - known.keys() - own.keys():
        found = _read_numbers(session, unknown)
        (own if own else known).update(found)
        if new := unknown - found.keys():
            session.connection().execute(_KEYS.insert(), [{"key": key} for key in sorted(new)])
            own.update(_read_numbers(session, new))
    return {**known, **own}


def _read_numbers(session: Session, keys: Collection[str]) -> dict[str, int]:
    rows = session.connection().execute(sqlalchemy.select(_KEYS.c.key, _KEYS.c.id).where(_KEYS.c.key.in_(keys)))
    return {row.key: row.id for row in rows}


def _as_stored(value: float) -> tuple[float | None, str | None]:
    """Return `value` and `nonfinite`."""
    return (value, None) if isfinite(value) else (None, str(value))


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


def new_keys(session: Session, run_id: int, keys: Collection[str]) -> list[str]:
    """Return those of the keys that the run has not logged yet."""
    logged = _logged_by(run_id).where(_KEYS.c.key.in_(keys))
    found = {row.key for row in session.connection().execute(logged)}
    return [key for key in keys if key not in found]


def count_keys(session: Session, run_id: int) -> int:
    """Return how many keys the run has logged."""
    found: int = session.connection().execute(_logged_by(run_id).with_only_columns(func.count())).scalar_one()
    return found


def last_step(session: Session, run_id: int) -> int | None:
    """Return the highest step of the run; None if it has no points. Key by key, as the table is ordered."""
    of_key = sqlalchemy.select(func.max(_POINT.step)).where(_POINT.run_id == run_id, _POINT.key_id == _KEYS.c.id)
    highest = sqlalchemy.select(of_key.scalar_subquery().label("step")).select_from(_KEYS).subquery()
    found: int | None = session.connection().execute(sqlalchemy.select(func.max(highest.c.step))).scalar_one()
    return found


def _logged_by(run_id: int) -> Select[tuple[str]]:
    logged = sqlalchemy.exists().where(_POINT.run_id == run_id, _POINT.key_id == _KEYS.c.id)
    return sqlalchemy.select(_KEYS.c.key).where(logged)


def of_runs(
    session: Session,
    run_ids: Sequence[int],
    *,
    keys: Sequence[str] | None = None,
    since_epoch: int = 0,
    since_step: int | None = None,
) -> list[Series]:
    """Return the series of runs after `since_epoch` and `since_step`, ordered by run and key; step losses only if named
    in `keys`. Without `since_epoch` points that have no epoch are included."""
    connection = session.connection()
    wanted = _KEYS.c.key != STEP_LOSS if keys is None else _KEYS.c.key.in_(keys)
    names = {row.id: row.key for row in connection.execute(sqlalchemy.select(_KEYS).where(wanted))}
    chosen = _ROWS.where(_POINT.run_id.in_(run_ids), _POINT.key_id.in_(names))
    if since_epoch:
        chosen = chosen.where(_POINT.epoch > since_epoch)
    if since_step is not None:
        chosen = chosen.where(_POINT.step > since_step)
    rows = driver_rows(connection.execute(chosen))
    found = [_series(run_id, names[key_id], group) for (run_id, key_id), group in groupby(rows, itemgetter(0, 1))]
    return sorted(found, key=lambda series: (series.run_id, series.key))


def _series(run_id: int, key: str, rows: Iterable[tuple[Any, ...]]) -> Series:
    _, _, step, epoch, time, value, nonfinite = zip(*rows, strict=True)
    return Series(run_id, key, step, epoch, list(map(from_microseconds, time)), value, nonfinite)


def _upsert(dialect: str) -> Insert:
    insert = INSERT[dialect](core(MetricTable))
    overwritten = {name: insert.excluded[name] for name in ("epoch", "time", "value", "nonfinite")}
    return insert.on_conflict_do_update(index_elements=["run_id", "key_id", "step"], set_=overwritten)


_STORE = Prepared(_upsert)

COLUMNS = ("run_id", "key_id", "step", "epoch", "time", "value", "nonfinite")

# Composed once: composing a statement takes longer than executing it.
_POINT = core(MetricTable).c
_KEYS = core(MetricKeyTable)
_ROWS = sqlalchemy.select(
    _POINT.run_id,
    _POINT.key_id,
    _POINT.step,
    _POINT.epoch,
    type_coerce(_POINT.time, BigInteger),
    _POINT.value,
    _POINT.nonfinite,
).order_by(_POINT.run_id, _POINT.key_id, _POINT.step)
"""As stored: a type decorator would be called for each value."""
