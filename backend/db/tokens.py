"""Queries on API tokens. Only their hashes are stored."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from backend.db.tables import TokenTable
from skiplab.contract.access import Limits


def add(session: Session, *, name: str, scope: str, digest: str, limits: Limits | None = None) -> TokenTable:
    """`limits`: of a token of scope `agent`."""
    row = TokenTable(name=name, scope=scope, digest=digest, **({} if limits is None else limits.model_dump()))
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
