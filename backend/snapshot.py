"""What one read transaction returned, and which events it already includes."""

from typing import Generic, NamedTuple, TypeVar

from backend.db import events
from backend.db.database import Session

Value = TypeVar("Value")


class Snapshot(NamedTuple, Generic[Value]):
    value: Value
    event_id: int
    """Id of the newest event that `value` includes; 0 before the first."""


def snapshot(session: Session, value: Value) -> Snapshot[Value]:
    """Return a value read in this transaction as of its newest event."""
    return Snapshot(value, events.latest_id(session))
