"""Rows of runs as tuples, for views: as ORM objects, a long list takes three times as long. Most rows of a list are the
same as at its last request, since runs that have ended do not change: they are converted once.
"""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, Select, Text, cast
from sqlmodel import Session

from backend.db.dialects import core
from backend.db.prepared import driver_rows, result_processes
from backend.db.safe_text import read_json
from backend.db.tables import RunTable
from skiplab.contract.config import RunKind
from skiplab.contract.lifecycle import Status


class RunRow(NamedTuple):
    """The columns of a run that views show. Not the environment and the traceback, which are some kilobytes each."""

    id: int
    name: str
    kind: RunKind
    model: str | None
    dataset: str | None
    config: str  # JSON, which is parsed once for all runs that share it
    config_version: int
    tags: tuple[str, ...]
    note: str
    archived: bool
    experiment_id: int | None
    data_version_id: int | None
    created_at: datetime
    status: Status
    reason: str | None
    priority: int
    stop_as: Status | None
    started_at: datetime | None
    finished_at: datetime | None
    attempt: int
    worker_id: int | None
    device: str | None
    activity: str | None
    epoch: int
    epoch_share: float
    paced_from: datetime | None
    paced_from_epoch: float
    best_value: float | None
    best_epoch: int | None
    best_key: str | None
    trained_seconds: float
    stalled: str | None
    network: str | None  # JSON
    external_id: str | None
    lost_contact: datetime | None
    dropped: int
    dropped_before: int
    summary: str | None  # JSON


AS_TEXT = ("config", "tags", "network", "summary")

ROWS = 2048
"""Converted rows that are cached, more than a page has. Each takes some kilobytes."""


def of(row: RunTable) -> RunRow:
    """Return an ORM object's values."""
    return RunRow(**{name: _value(row, name) for name in RunRow._fields})


def of_ids(session: Session, ids: Collection[int]) -> list[RunRow]:
    return found(session, sqlalchemy.select(RunTable).where(_RUN.c.id.in_(ids)))


def found(session: Session, query: Select[Any]) -> list[RunRow]:
    """Return the runs that a query on RunTable selects."""
    result = session.connection().execute(query.with_only_columns(*COLUMNS))
    convert = _CONVERT.get(result.dialect.name)
    if convert is None:
        processes = result_processes(COLUMNS, result)
        convert = _CONVERT[result.dialect.name] = lru_cache(ROWS)(partial(_converted, processes))
    return list(map(convert, driver_rows(result)))


def _converted(processes: Sequence[Callable[[Any], Any] | None], row: tuple[Any, ...]) -> RunRow:
    values = [value if process is None else process(value) for value, process in zip(row, processes, strict=True)]
    converted = RunRow._make(values)
    return converted._replace(tags=_tags(values[_TAGS]))


def _tags(text: str | None) -> tuple[str, ...]:
    try:
        return tuple(read_json(text) or ()) if text else ()
    except ValueError:  # damaged: one bad row must not break lists
        return ()


def _value(row: RunTable, name: str) -> Any:
    value = getattr(row, name)
    if name == "tags":
        return tuple(value or ())
    return json.dumps(value) if name in AS_TEXT else value


_RUN = core(RunTable)
COLUMNS: Sequence[ColumnElement[Any]] = [
    cast(_RUN.c[name], Text).label(name) if name in AS_TEXT else _RUN.c[name] for name in RunRow._fields
]

_TAGS = RunRow._fields.index("tags")

_CONVERT: dict[str, Callable[[tuple[Any, ...]], RunRow]] = {}
"""By dialect, cached by the row as the driver returns it."""
