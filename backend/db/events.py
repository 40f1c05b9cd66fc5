"""Queries on the outbox: every change published to browsers is one row, written in the change's transaction."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from backend.db.tables import EventTable
from skiplab.contract.events import EventType


def append(session: Session, payload: BaseModel, *, run_id: int | None = None, subject: int | None = None) -> None:
    """Append an event; its type follows from the model of its payload.

    `subject` makes it a passing event (such as progress): the id of what it shows. It replaces the previous passing
    event of that type and subject: only the newest is worth replaying, and a long run must not fill the disk.
    """
    type = EventType.of(payload)
    if subject is not None:
        same = (col(EventTable.subject) == subject, col(EventTable.type) == type.value)
        session.execute(delete(EventTable).where(*same))
    session.add(EventTable(type=type.value, run_id=run_id, payload=payload.model_dump_json(), subject=subject))


def since(session: Session, *, after: int, limit: int = 500) -> Sequence[EventTable]:
    """Return events with a higher id, in order."""
    return session.exec(
        select(EventTable).where(col(EventTable.id) > after).order_by(col(EventTable.id)).limit(limit)
    ).all()


def oldest_id(session: Session) -> int:
    """Return the oldest retained id; 0 if no event was ever written."""
    return session.exec(select(func.min(EventTable.id))).one() or 0


def latest_time(session: Session) -> datetime | None:
    return session.exec(select(func.max(EventTable.created_at))).one()


def latest_id(session: Session) -> int:
    return session.exec(select(func.max(EventTable.id))).one() or 0
