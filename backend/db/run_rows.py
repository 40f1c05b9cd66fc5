"""Rows of runs as tuples, for views: as ORM objects, a long list takes three times as long."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, Select, Text, cast
from sqlmodel import Session

from backend.db.dialects import core
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
    tags: list[str] | None
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


AS_TEXT = ("config", "network", "summary")


def of(row: RunTable) -> RunRow:
    """Return an ORM object's values."""
    return RunRow(**{name: _value(row, name) for name in RunRow._fields})


def of_ids(session: Session, ids: Collection[int]) -> list[RunRow]:
    return found(session, sqlalchemy.select(RunTable).where(_RUN.c.id.in_(ids)))


def found(session: Session, query: Select[Any]) -> list[RunRow]:
    """Return the runs that a query on RunTable selects."""
    return list(map(RunRow._make, session.connection().execute(query.with_only_columns(*COLUMNS)).all()))


def _value(row: RunTable, name: str) -> Any:
    value = getattr(row, name)
    return json.dumps(value) if name in AS_TEXT else value


_RUN = core(RunTable)
COLUMNS: Sequence[ColumnElement[Any]] = [
    cast(_RUN.c[name], Text).label(name) if name in AS_TEXT else _RUN.c[name] for name in RunRow._fields
]
