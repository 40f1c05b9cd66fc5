"""The tables of errands and of imports, which errands process; `backend.db.tables` exports them too."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlmodel import Field, SQLModel

from backend.db.column_types import JSON_OR_NULL, SafeText, StoredJson, UtcDateTime, utc_now
from skiplab.contract.errands import ErrandKind, ErrandStatus
from skiplab.contract.imports import ImportStatus


class ErrandTable(SQLModel, table=True):
    """A background task of a worker besides training: its arguments, status and holder.

    Ids are never reused: a process suspended while its errand is pruned must not hold the next one.
    """

    __tablename__ = "errand"
    __table_args__ = (Index("ix_errand_queue", "status", "priority", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    kind: ErrandKind = Field(sa_type=String)
    arguments: dict[str, Any] = Field(sa_type=StoredJson, description="Of its kind; parse them with `task_of`.")
    priority: int = 0
    status: ErrandStatus = Field(default=ErrandStatus.WAITING, sa_type=String)
    error: str | None = Field(default=None, sa_type=SafeText)
    result: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)
    done: int = Field(default=0, sa_type=BigInteger)
    total: int = Field(default=0, sa_type=BigInteger)

    # The claim, as for runs: `attempt` is the fencing token, `lease` a counter that the holder increments.
    attempt: int = 0
    lease: int = 0
    worker_id: int | None = Field(default=None, foreign_key="worker.id")
    crashes: int = 0
    lost_workers: int = 0

    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class ImportTable(SQLModel, table=True):
    """An upload that becomes a data set. Ids are never reused, since they name the uploaded file.

    An errand does the work; the status follows it.
    """

    __tablename__ = "data_import"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    key: str
    size: int | None = None
    bytes: int = Field(sa_type=BigInteger)
    names: str | None = None
    skip_bad: bool = False
    test_share: float | None = None
    part: str | None = None
    file: str | None = Field(default=None, description="File name given with the upload.")
    preview: bool = Field(default=False, description="Inspect only; import after confirmation.")
    found: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)
    status: ImportStatus = Field(default=ImportStatus.WAITING, sa_type=String)
    reason: str | None = None
    images_done: int = 0
    images: int = 0
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
