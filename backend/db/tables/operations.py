"""Events, workers and access."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    text,
)
from sqlmodel import Field, SQLModel

from backend.db.column_types import UtcDateTime, UtcMicroseconds, utc_now

IS_PASSING = text("subject IS NOT NULL")


class EventTable(SQLModel, table=True):
    """The outbox. Ids are never reused (AUTOINCREMENT), so they order the stream."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_subject", "subject", sqlite_where=IS_PASSING, postgresql_where=IS_PASSING),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    type: str
    run_id: int | None = None
    payload: str = Field(description="JSON; of a run only its state (`run_states`).")
    subject: int | None = Field(
        default=None, description="Of a passing event: id of what it shows, whose next passing event takes its place."
    )
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMicroseconds)


class WorkerTable(SQLModel, table=True):
    """One worker process; a restarted worker is a new row."""

    __tablename__ = "worker"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    online: bool = Field(default=True, index=True)
    draining: bool = False
    devices: list[dict[str, Any]] = Field(sa_type=JSON)
    beat: int = 0
    started_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    seen_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class TokenTable(SQLModel, table=True):
    """An API token; revoking it deletes the row. Ids are never reused."""

    __tablename__ = "token"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    scope: str = Field(description="read, write or agent.")
    runs: int | None = Field(default=None, description="Runs that an agent may queue; null for other scopes.")
    device_hours: float | None = Field(default=None, description="Hours that they may take; null for other scopes.")
    digest: str = Field(unique=True, description="SHA-256; the token itself is not stored.")
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class IdempotentResponseTable(SQLModel, table=True):
    """The response to the first request with an idempotency key."""

    __tablename__ = "first_answer"

    key: str = Field(primary_key=True)
    request: str = Field(description="SHA-256 of the request.")
    status: int | None = Field(default=None, description="Null while the request is in progress.")
    headers: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    body: bytes = b""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)


class SignInTable(SQLModel, table=True):
    """A browser session; signing out or revoking its token deletes the row."""

    __tablename__ = "sign_in"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True, description="SHA-256 of the cookie, which is not stored.")
    token_id: int | None = Field(
        default=None,
        sa_column=Column(Integer, ForeignKey("token.id", ondelete="CASCADE"), index=True),
        description="The token used to sign in; null for SKIPLAB_TOKEN.",
    )
    seal: str | None = Field(
        default=None, description="HMAC of SKIPLAB_TOKEN keyed by the cookie: changing either ends the session."
    )
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    used_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
