"""Queries on browser sessions. Only the hash of a session cookie is stored."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from backend.db.tables import SignInTable, TokenTable, utc_now

KEPT_FOR = timedelta(days=30)

MOST_OF_ONE_TOKEN = 100
"""Most concurrent sessions per token; the least recently used are deleted first."""


def add(session: Session, *, digest: str, token_id: int | None, seal: str | None) -> SignInTable:
    """Add a session; delete expired and surplus ones."""
    now = utc_now()
    session.exec(delete(SignInTable).where(col(SignInTable.expires_at) <= now))
    same = select(SignInTable.id).where(col(SignInTable.token_id).is_not_distinct_from(token_id))
    surplus = same.order_by(col(SignInTable.used_at).desc()).offset(MOST_OF_ONE_TOKEN - 1)
    session.exec(delete(SignInTable).where(col(SignInTable.id).in_(session.exec(surplus).all())))
    row = SignInTable(digest=digest, token_id=token_id, seal=seal, expires_at=now + KEPT_FOR)
    session.add(row)
    session.flush()
    return row


def by_digest(session: Session, digest: str) -> tuple[SignInTable, TokenTable | None] | None:
    """Return an unexpired session and its token."""
    query = (
        select(SignInTable, TokenTable)
        .outerjoin(TokenTable, col(SignInTable.token_id) == TokenTable.id)
        .where(SignInTable.digest == digest, col(SignInTable.expires_at) > utc_now())
    )
    return session.exec(query).first()


def lives(session: Session, sign_in_id: int) -> bool:
    row = session.get(SignInTable, sign_in_id)
    return row is not None and row.expires_at > utc_now()


def used(session: Session, sign_in_id: int, at: datetime) -> None:
    row = session.get(SignInTable, sign_in_id)
    if row is not None:
        row.used_at = at


def remove(session: Session, digest: str) -> None:
    session.exec(delete(SignInTable).where(col(SignInTable.digest) == digest))


def remove_of_token(session: Session, token_id: int) -> None:
    session.exec(delete(SignInTable).where(col(SignInTable.token_id) == token_id))
