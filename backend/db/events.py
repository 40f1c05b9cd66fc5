"""Queries on the outbox: every change that a browser should see is one row, written with the change itself."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from backend.db.tables import EventTable
from skiplab.contract.events import EventType


def append(session: Session, payload: BaseModel, *, run_id: int | None = None, subject: int | None = None) -> None:
    """Add one event; its type follows from its payload's model.

    `subject` makes it a passing one (progress, say): the id of what it shows. It takes the place of the last passing
    event of that type and subject: only the newest is worth replaying, and a long run must not fill the disk with them.
    """
    type = EventType.of(payload)
    if subject is not None:
        same = (col(EventTable.subject) == subject, col(EventTable.type) == type.value)
        session.execute(delete(EventTable).where(*same))
    session.add(EventTable(type=type.value, run_id=run_id, payload=payload.model_dump_json(), subject=subject))


def since(session: Session, *, after: int, limit: int = 500) -> Sequence[EventTable]:
    """Events with a higher id, in order."""
    return session.exec(
        select(EventTable).where(col(EventTable.id) > after).order_by(col(EventTable.id)).limit(limit)
    ).all()


def oldest_id(session: Session) -> int:
    """Of those that are kept; 0 when none was ever written."""
    return session.exec(select(func.min(EventTable.id))).one() or 0


def latest_time(session: Session) -> datetime | None:
    return session.exec(select(func.max(EventTable.created_at))).one()


def latest_id(session: Session) -> int:
    return session.exec(select(func.max(EventTable.id))).one() or 0
