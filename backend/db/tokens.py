"""Queries on API tokens. Only their hashes are stored."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from backend.db.tables import TokenTable


def add(session: Session, *, name: str, scope: str, digest: str) -> TokenTable:
    row = TokenTable(name=name, scope=scope, digest=digest)
    session.add(row)
    session.flush()
    return row


def get(session: Session, token_id: int) -> TokenTable | None:
    return session.get(TokenTable, token_id)


def by_digest(session: Session, digest: str) -> TokenTable | None:
    return session.exec(select(TokenTable).where(TokenTable.digest == digest)).first()


def by_name(session: Session, name: str) -> TokenTable | None:
    return session.exec(select(TokenTable).where(TokenTable.name == name)).first()


def all(session: Session) -> Sequence[TokenTable]:
    """Return all tokens, oldest first."""
    return session.exec(select(TokenTable).order_by(col(TokenTable.id))).all()


def remove(session: Session, row: TokenTable) -> None:
    session.delete(row)
