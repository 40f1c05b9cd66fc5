"""Queries on the outbox: every change that a browser should see is one row, written with the change itself."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from backend.db.tables import EventTable
from skiplab.contract.events import EventType


def append(session: Session, payload: BaseModel, *, run_id: int | None = None, passing: bool = False) -> None:
    """Add one event; its type follows from its payload's model.

    A passing one (progress inside an epoch) replaces the run's last passing one: only the newest is worth replaying,
    and a long run must not fill the disk with them.
    """
    type = EventType.of(payload)
    if passing:
        session.execute(delete(EventTable).where(col(EventTable.run_id) == run_id, col(EventTable.passing)))
    session.add(EventTable(type=type.value, run_id=run_id, payload=payload.model_dump_json(), passing=passing))


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
