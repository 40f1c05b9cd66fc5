"""Queries on first answers: what a request with an idempotency key was answered when it first came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from backend.db.tables import FirstAnswerTable, utc_now

ABANDONED = timedelta(seconds=60)
"""A request that has not been renewed for so long died with its process."""

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


@dataclass(frozen=True)
class Begun:
    """A request that is the first with its key. Once it counts as abandoned, the key may be another's."""

    key: str
    renewed_at: datetime


def begin(session: Session, key: str, request: str) -> FirstAnswer | Begun:
    """The first answer, or a request that is the first: `keep` or `release` has to follow, and `renew` until then.

    `request`: a digest of it. Raises OtherRequest, InProgress.
    """
    row = session.get(FirstAnswerTable, key)
    if row is not None and row.status is None and utc_now() - row.created_at > ABANDONED:
        session.delete(row)
        session.flush()
        row = None
    if row is None:
        row = FirstAnswerTable(key=key, request=request)
        session.add(row)
        return Begun(key, row.created_at)
    if row.request != request:
        raise OtherRequest(key)
    if row.status is None:
        raise InProgress(key)
    return FirstAnswer(row.status, [(name, value) for name, value in row.headers], row.body)


def renew(session: Session, begun: Begun) -> Begun:
    """It goes on: it is not abandoned."""
    if (row := _own(session, begun)) is None:
        return begun
    row.created_at = utc_now()
    return Begun(begun.key, row.created_at)


def keep(session: Session, begun: Begun, answer: FirstAnswer) -> None:
    if (row := _own(session, begun)) is not None:
        row.status, row.headers, row.body = answer.status, [list(pair) for pair in answer.headers], answer.body


def release(session: Session, begun: Begun) -> None:
    """Nothing came of the request: the next one with this key is the first."""
    if (row := _own(session, begun)) is not None:
        session.delete(row)


def _own(session: Session, begun: Begun) -> FirstAnswerTable | None:
    """None where another request has taken the key over, or it has been forgotten."""
    row = session.get(FirstAnswerTable, begun.key)
    return row if row is not None and row.status is None and row.created_at == begun.renewed_at else None


def forget(session: Session, *, before: datetime) -> int:
    """Says how many there were."""
    old = delete(FirstAnswerTable).where(col(FirstAnswerTable.created_at) < before)
    return len(session.execute(old.returning(col(FirstAnswerTable.key))).all())
