"""Queries on stored responses, which are replayed to retries with the same idempotency key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from backend.db.tables import IdempotentResponseTable, utc_now

ABANDONED = timedelta(seconds=60)
"""A pending request that was not renewed for this long is assumed dead with its process."""

Headers = Sequence[tuple[str, str]]


class KeyReused(Exception):
    """The key was already used for another request."""


class InProgress(Exception):
    """The first request with this key is still in progress."""


@dataclass(frozen=True)
class StoredResponse:
    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class PendingRequest:
    """The first request with its key. Once it is abandoned, another request may take the key over."""

    key: str
    renewed_at: datetime


def begin(session: Session, key: str, request: str) -> StoredResponse | PendingRequest:
    """Return the stored response, or a pending request to renew until it is ended by `keep` or `release`.

    `request`: a digest of the request. Raises KeyReused, InProgress.
    """
    row = session.get(IdempotentResponseTable, key)
    if row is not None and row.status is None and utc_now() - row.created_at > ABANDONED:
        session.delete(row)
        session.flush()
        row = None
    if row is None:
        row = IdempotentResponseTable(key=key, request=request)
        session.add(row)
        return PendingRequest(key, row.created_at)
    if row.request != request:
        raise KeyReused(key)
    if row.status is None:
        raise InProgress(key)
    return StoredResponse(row.status, [(name, value) for name, value in row.headers], row.body)


def renew(session: Session, begun: PendingRequest) -> PendingRequest:
    """Record that a request is still in progress."""
    if (row := _own(session, begun)) is None:
        return begun
    row.created_at = utc_now()
    return PendingRequest(begun.key, row.created_at)


def keep(session: Session, begun: PendingRequest, answer: StoredResponse) -> None:
    if (row := _own(session, begun)) is not None:
        row.status, row.headers, row.body = answer.status, [list(pair) for pair in answer.headers], answer.body


def release(session: Session, begun: PendingRequest) -> None:
    """Drop a request without a response, so that the next one with this key is processed."""
    if (row := _own(session, begun)) is not None:
        session.delete(row)


def _own(session: Session, begun: PendingRequest) -> IdempotentResponseTable | None:
    """The row; None if another request has taken the key over, or it was deleted."""
    row = session.get(IdempotentResponseTable, begun.key)
    return row if row is not None and row.status is None and row.created_at == begun.renewed_at else None


def forget(session: Session, *, before: datetime) -> int:
    """Delete responses stored before that time; returns how many."""
    old = delete(IdempotentResponseTable).where(col(IdempotentResponseTable.created_at) < before)
    return len(session.execute(old.returning(col(IdempotentResponseTable.key))).all())
