"""Queries on imports: uploads that wait, and the worker that makes data sets of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from backend.contract.events import EventType
from backend.contract.imports import Import, ImportStatus
from backend.db import events
from backend.db.tables import ImportTable, WorkerTable, utc_now


class NotHeld(Exception):
    """Another worker has the import."""


def add(session: Session, *, key: str, size: int | None, bytes: int) -> ImportTable:
    row = ImportTable(key=key, size=size, bytes=bytes)
    session.add(row)
    _tell(session, row)
    return row


def get(session: Session, import_id: int) -> ImportTable | None:
    return session.get(ImportTable, import_id)


def recent(session: Session, *, limit: int = 100) -> Sequence[ImportTable]:
    """Newest first."""
    return session.exec(select(ImportTable).order_by(col(ImportTable.id).desc()).limit(limit)).all()


def waiting(session: Session) -> Sequence[ImportTable]:
    """Those that wait, or whose worker is gone, the oldest first."""
    return session.exec(select(ImportTable).where(_waits()).order_by(col(ImportTable.id))).all()


def claim(session: Session, worker_id: int, import_id: int) -> ImportTable | None:
    """None where another worker was quicker."""
    row = session.exec(select(ImportTable).where(ImportTable.id == import_id, _waits())).one_or_none()
    if row is None:
        return None
    row.status, row.worker_id = ImportStatus.IMPORTING, worker_id
    row.images_done = row.images = 0
    _tell(session, row)
    return row


def progress(session: Session, import_id: int, worker_id: int, *, done: int, of: int) -> None:
    """Raises NotHeld."""
    row = _held(session, import_id, worker_id)
    row.images_done, row.images = done, of
    _tell(session, row, passing=True)


def finish(session: Session, import_id: int, worker_id: int) -> None:
    """Raises NotHeld."""
    _end(session, _held(session, import_id, worker_id), ImportStatus.DONE, None)


def fail(session: Session, import_id: int, worker_id: int, *, reason: str) -> None:
    """Raises NotHeld."""
    _end(session, _held(session, import_id, worker_id), ImportStatus.FAILED, reason)


def fail_held(session: Session, worker_id: int, *, reason: str) -> list[Import]:
    """The process that this worker had started for an import died under it. Answers what has failed so."""
    held = select(ImportTable).where(ImportTable.status == ImportStatus.IMPORTING, ImportTable.worker_id == worker_id)
    rows = session.exec(held).all()
    for row in rows:
        _end(session, row, ImportStatus.FAILED, reason)
    return [view(row) for row in rows]


def overdue(session: Session, *, before: datetime) -> Sequence[ImportTable]:
    """Those that have waited since `before` while a worker was there all that time."""
    looked = (col(WorkerTable.online), col(WorkerTable.started_at) < before)
    if session.exec(select(WorkerTable.id).where(*looked)).first() is None:
        return []
    return [row for row in waiting(session) if row.created_at < before]


def give_up(session: Session, import_ids: Sequence[int]) -> int:
    """End these, if they still wait: their files have gone with a host, or were not in a backup. Answers how many."""
    rows = session.exec(select(ImportTable).where(_waits(), col(ImportTable.id).in_(import_ids))).all()
    for row in rows:
        _end(session, row, ImportStatus.FAILED, "no worker has its file in its home; upload it again")
    return len(rows)


def view(row: ImportTable) -> Import:
    assert row.id is not None
    return Import(
        id=row.id,
        key=row.key,
        size=row.size,
        bytes=row.bytes,
        status=row.status,
        reason=row.reason,
        images_done=row.images_done,
        images=row.images,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def _waits() -> ColumnElement[bool]:
    gone = select(WorkerTable.id).where(col(WorkerTable.online).is_(False))
    abandoned = and_(ImportTable.status == ImportStatus.IMPORTING, col(ImportTable.worker_id).in_(gone))
    return or_(ImportTable.status == ImportStatus.WAITING, abandoned)


def _end(session: Session, row: ImportTable, status: ImportStatus, reason: str | None) -> None:
    row.status, row.reason, row.ended_at = status, reason, utc_now()
    _tell(session, row)


def _held(session: Session, import_id: int, worker_id: int) -> ImportTable:
    held = (ImportTable.status == ImportStatus.IMPORTING, ImportTable.worker_id == worker_id)
    row = session.exec(select(ImportTable).where(ImportTable.id == import_id, *held)).one_or_none()
    if row is None:
        raise NotHeld(f"import {import_id} is no longer held by worker {worker_id}")
    return row


def _tell(session: Session, row: ImportTable, *, passing: bool = False) -> None:
    session.flush()
    events.append(session, EventType.IMPORT, view(row), passing=passing)
