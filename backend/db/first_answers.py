"""Queries on first answers: what a request with an idempotency key was answered when it first came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from backend.db.tables import FirstAnswerTable, utc_now

ABANDONED = timedelta(seconds=60)
"""A request that has had no answer for so long died with its process."""

Headers = Sequence[tuple[str, str]]


class OtherRequest(Exception):
    """The key was used for another request."""


class InProgress(Exception):
    """The first request with this key has no answer yet."""


@dataclass(frozen=True)
class FirstAnswer:
    status: int
    headers: Headers
    body: bytes


def begin(session: Session, key: str, request: str) -> FirstAnswer | None:
    """The first answer, or None for a request that is the first: `keep` or `release` has to follow.

    `request`: a digest of it. Raises OtherRequest, InProgress.
    """
    row = session.get(FirstAnswerTable, key)
    if row is not None and row.status is None and utc_now() - row.created_at > ABANDONED:
        session.delete(row)
        session.flush()
        row = None
    if row is None:
        session.add(FirstAnswerTable(key=key, request=request))
        return None
    if row.request != request:
        raise OtherRequest(key)
    if row.status is None:
        raise InProgress(key)
    return FirstAnswer(row.status, [(name, value) for name, value in row.headers], row.body)


def keep(session: Session, key: str, answer: FirstAnswer) -> None:
    row = session.get_one(FirstAnswerTable, key)
    row.status, row.headers, row.body = answer.status, [list(pair) for pair in answer.headers], answer.body


def release(session: Session, key: str) -> None:
    """Nothing came of the request: the next one with this key is the first."""
    session.execute(delete(FirstAnswerTable).where(col(FirstAnswerTable.key) == key))


def forget(session: Session, *, before: datetime) -> int:
    """Says how many there were."""
    old = delete(FirstAnswerTable).where(col(FirstAnswerTable.created_at) < before)
    return len(session.execute(old.returning(col(FirstAnswerTable.key))).all())
