"""Queries on imports: uploads that wait, what is found in them, and the worker that makes data sets of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from backend.db import events
from backend.db.readable import readable
from backend.db.tables import ImportTable, WorkerTable, utc_now
from skiplab.contract.imports import ENDED, Choices, Found, Import, ImportStatus

WORKING = (ImportStatus.INSPECTING, ImportStatus.IMPORTING)
"""A worker holds it."""

NOTHING_CHOSEN = Choices.model_validate({})


class NotHeld(Exception):
    """Another worker has the import, or somebody has cancelled it."""


class NotFoundYet(Exception):
    """The import is not one whose content was found and waits for a decision; carries its status."""

    def __init__(self, status: ImportStatus) -> None:
        super().__init__(status)
        self.status = status


def add(
    session: Session,
    *,
    key: str,
    bytes: int,
    choices: Choices = NOTHING_CHOSEN,
    preview: bool = False,
    file: str | None = None,
) -> ImportTable:
    row = ImportTable(key=key, bytes=bytes, preview=preview, file=file)
    _choose(row, choices)
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
    """To be inspected or imported, as its status then says. None where another worker was quicker."""
    row = session.exec(select(ImportTable).where(ImportTable.id == import_id, _waits())).one_or_none()
    if row is None:
        return None
    row.status = ImportStatus.INSPECTING if row.preview else ImportStatus.IMPORTING
    row.worker_id = worker_id
    row.images_done = row.images = 0
    _tell(session, row)
    return row


def progress(session: Session, import_id: int, worker_id: int, *, done: int, of: int) -> None:
    """Raises NotHeld."""
    row = _held(session, import_id, worker_id)
    row.images_done, row.images = done, of
    _tell(session, row, passing=True)


def keep_found(session: Session, import_id: int, worker_id: int, found: Found) -> None:
    """What is in it; where that alone was asked for, the worker is done. Raises NotHeld."""
    row = _held(session, import_id, worker_id)
    row.found = found.model_copy(update={"at": utc_now()}).model_dump(mode="json")
    if row.preview:
        row.status = ImportStatus.FOUND
    _tell(session, row)


def take(session: Session, import_id: int, *, key: str | None, choices: Choices, preview: bool) -> ImportTable | None:
    """Have what was found imported, or with `preview` inspected anew. None where there is no such import.

    Raises NotFoundYet.
    """
    row = get(session, import_id)
    if row is None:
        return None
    if row.status != ImportStatus.FOUND:
        raise NotFoundYet(row.status)
    row.status, row.preview, row.key = ImportStatus.WAITING, preview, key or row.key
    _choose(row, choices)
    _tell(session, row)
    return row


def cancel(session: Session, import_id: int, *, reason: str | None = None) -> ImportTable | None:
    """End it, whatever it is doing; one that has ended stays as it is. None where there is no such import."""
    row = get(session, import_id)
    if row is not None and row.status not in ENDED:
        _end(session, row, ImportStatus.CANCELLED, reason)
    return row


def untaken(session: Session, *, before: datetime) -> Sequence[ImportTable]:
    """Those that were found before that time and nobody has decided on since."""
    rows = session.exec(select(ImportTable).where(ImportTable.status == ImportStatus.FOUND)).all()
    return [row for row in rows if (_found_at(row) or row.created_at) < before]


def ended(session: Session, import_ids: Sequence[int]) -> set[int]:
    """Those of these that have ended, or never were."""
    rows = session.exec(select(ImportTable).where(col(ImportTable.id).in_(import_ids))).all()
    return set(import_ids) - {row.id for row in rows if row.id is not None and row.status not in ENDED}


def finish(session: Session, import_id: int, worker_id: int) -> None:
    """Raises NotHeld."""
    _end(session, _held(session, import_id, worker_id), ImportStatus.DONE, None)


def fail(session: Session, import_id: int, worker_id: int, *, reason: str) -> None:
    """Raises NotHeld."""
    _end(session, _held(session, import_id, worker_id), ImportStatus.FAILED, reason)


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
        names=row.names,
        skip_bad=row.skip_bad,
        test_share=row.test_share,
        file=row.file,
        bytes=row.bytes,
        status=row.status,
        preview=row.preview,
        found=readable(Found, row.found),
        reason=row.reason,
        images_done=row.images_done,
        images=row.images,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def brief(row: ImportTable) -> Import:
    """Without the report, which may name thousands of classes, unless it waits for a decision."""
    whole = view(row)
    return whole if row.status == ImportStatus.FOUND else whole.model_copy(update={"found": None})


def _found_at(row: ImportTable) -> datetime | None:
    found = readable(Found, row.found)
    return None if found is None else found.at


def _choose(row: ImportTable, choices: Choices) -> None:
    row.size, row.names, row.skip_bad, row.test_share = (
        choices.size,
        choices.names,
        choices.skip_bad,
        choices.test_share,
    )


def _waits() -> ColumnElement[bool]:
    gone = select(WorkerTable.id).where(col(WorkerTable.online).is_(False))
    abandoned = and_(col(ImportTable.status).in_(WORKING), col(ImportTable.worker_id).in_(gone))
    return or_(ImportTable.status == ImportStatus.WAITING, abandoned)


def _end(session: Session, row: ImportTable, status: ImportStatus, reason: str | None) -> None:
    row.status, row.reason, row.ended_at = status, reason, utc_now()
    _tell(session, row)


def _held(session: Session, import_id: int, worker_id: int) -> ImportTable:
    held = (col(ImportTable.status).in_(WORKING), ImportTable.worker_id == worker_id)
    row = session.exec(select(ImportTable).where(ImportTable.id == import_id, *held)).one_or_none()
    if row is None:
        raise NotHeld(f"import {import_id} is no longer held by worker {worker_id}")
    return row


def _tell(session: Session, row: ImportTable, *, passing: bool = False) -> None:
    session.flush()
    events.append(session, brief(row), passing=passing)
