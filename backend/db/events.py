"""Queries on the outbox: every change published to browsers is one row, written in the change's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy
from pydantic import BaseModel
from sqlalchemy import Row, bindparam, func
from sqlmodel import Session, col, select

from backend.db import run_states, run_views
from backend.db.column_types import utc_now
from backend.db.dialects import core
from backend.db.prepared import Prepared
from backend.db.run_states import State
from backend.db.tables import EventTable
from skiplab.contract.events import EventType, RemovedEvent


class Event(NamedTuple):
    id: int
    type: str  # one of `EventType`, or a newer version's: clients skip what they do not know
    run_id: int | None
    payload: str  # one line of JSON


def append(session: Session, payload: BaseModel, *, run_id: int | None = None, subject: int | None = None) -> None:
    """Append an event; its type follows from the model of its payload.

    `subject` makes it a passing event (such as progress): the id of what it shows. It replaces the previous passing
    event of that type and subject: only the newest is worth replaying, and a long run must not fill the disk.
    """
    _insert(session, [_row(payload, run_id=run_id, subject=subject)])


def append_run(session: Session, run_id: int, state: State, *, passing: bool = False) -> None:
    """Append an event of a changed run, passing or not. Only its state is stored: a whole run is ten times as large,
    and the rest of it is read with the event."""
    _insert(session, [_row_of_run(run_id, state, passing=passing)])


def append_with_run(session: Session, payload: BaseModel, run_id: int, state: State) -> None:
    """Append an event and that of its changed run, in one statement."""
    _insert(session, [_row(payload, run_id=run_id, subject=None), _row_of_run(run_id, state, passing=False)])


def since(session: Session, *, after: int, limit: int = 500) -> list[Event]:
    """Return events with a higher id, in order. Runs are whole: their state as it was stored, the rest as it is in this
    transaction."""
    rows = session.execute(_SINCE, {"after": after, "limit": limit}).all()
    runs = _runs(session, [row for row in rows if _is_state(row)])
    return [_event(row, runs) for row in rows]


def oldest_id(session: Session) -> int:
    """Return the oldest retained id; 0 if no event was ever written."""
    return session.exec(select(func.min(EventTable.id))).one() or 0


def latest_time(session: Session) -> datetime | None:
    newest = select(EventTable.created_at).order_by(col(EventTable.id).desc()).limit(1)
    return session.exec(newest).one_or_none()


def latest_id(session: Session) -> int:
    return session.exec(select(func.max(EventTable.id))).one() or 0


def _row(payload: BaseModel, *, run_id: int | None, subject: int | None) -> dict[str, Any]:
    return {
        "type": EventType.of(payload).value,
        "run_id": run_id,
        "payload": payload.model_dump_json(),
        "subject": subject,
        "created_at": utc_now(),
    }


def _row_of_run(run_id: int, state: State, *, passing: bool) -> dict[str, Any]:
    return {
        "type": EventType.RUN.value,
        "run_id": run_id,
        "payload": run_states.encode(state),
        "subject": run_id if passing else None,
        "created_at": utc_now(),
    }


def _insert(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    connection = session.connection()
    for row in rows:
        if row["subject"] is not None:
            _DELETE_PASSING.execute(connection, [{"of_type": row["type"], "of_subject": row["subject"]}])
    _INSERT.execute(connection, rows)


def _runs(session: Session, rows: Sequence[Row[Any]]) -> dict[int, str]:
    """Return the payloads of events of runs, by event id; those of deleted runs are omitted."""
    states = {row.id: (row.run_id, run_states.decode(row.payload)) for row in rows}
    return {event_id: run.model_dump_json() for event_id, run in run_views.in_states(session, states).items()}


def _is_state(row: Row[Any]) -> bool:
    return row.type == EventType.RUN and not run_states.is_whole_run(row.payload)


def _event(row: Row[Any], runs: Mapping[int, str]) -> Event:
    if not _is_state(row):
        return Event(row.id, row.type, row.run_id, row.payload)
    if row.id in runs:
        return Event(row.id, EventType.RUN, row.run_id, runs[row.id])
    # Its run has been deleted since; the listener learns of it here already.
    return Event(row.id, EventType.REMOVED, row.run_id, RemovedEvent(run=row.run_id).model_dump_json())


# Composed once: composing a statement takes longer than executing it.
_TABLE = core(EventTable)
_INSERT = Prepared(lambda _: _TABLE.insert())
_DELETE_PASSING = Prepared(
    lambda _: _TABLE.delete().where(_TABLE.c.subject == bindparam("of_subject"), _TABLE.c.type == bindparam("of_type"))
)
_SINCE = (
    sqlalchemy.select(_TABLE.c.id, _TABLE.c.type, _TABLE.c.run_id, _TABLE.c.payload)
    .where(_TABLE.c.id > bindparam("after"))
    .order_by(_TABLE.c.id)
    .limit(bindparam("limit"))
)
