"""Queries on imports: uploads, what was found in them, and whether they were taken."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from backend.db import events
from backend.db.readable import readable
from backend.db.tables import ErrandTable, ImportTable, utc_now
from skiplab.contract.errands import ErrandStatus
from skiplab.contract.imports import ENDED, Choices, Found, Import, ImportStatus

NOTHING_CHOSEN = Choices.model_validate({})


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
    """Published by the errand that is added for it."""
    row = ImportTable(key=key, bytes=bytes, preview=preview, file=file)
    _choose(row, choices)
    session.add(row)
    session.flush()
    return row


def get(session: Session, import_id: int) -> ImportTable | None:
    return session.get(ImportTable, import_id)


def recent(session: Session, *, limit: int = 100) -> Sequence[ImportTable]:
    """Newest first."""
    return session.exec(select(ImportTable).order_by(col(ImportTable.id).desc()).limit(limit)).all()


def follow(session: Session, import_id: int, errand: ErrandTable, *, passing: bool = False) -> None:
    """Bring an import to where the errand that works on it stands. One that has ended, or is gone, stays as it is."""
    row = get(session, import_id)
    if row is None or row.status in ENDED:
        return
    row.images_done, row.images = errand.done, errand.total
    status = _status(errand.status, is_preview=row.preview)
    if status in ENDED:
        _end(session, row, status, errand.error)
    else:
        row.status = status
        _publish(session, row, passing=passing)


def keep_found(session: Session, import_id: int, found: Found) -> None:
    """Store what a worker found; published when the errand is done."""
    session.get_one(ImportTable, import_id).found = found.model_copy(update={"at": utc_now()}).model_dump(mode="json")


def take(session: Session, import_id: int, *, key: str | None, choices: Choices, preview: bool) -> ImportTable | None:
    """Have what was found imported, or with `preview` inspected anew, by the errand that is added for it.

    None where there is no such import. Raises NotFoundYet.
    """
    row = get(session, import_id)
    if row is None:
        return None
    if row.status != ImportStatus.FOUND:
        raise NotFoundYet(row.status)
    row.status, row.preview, row.key = ImportStatus.WAITING, preview, key or row.key
    _choose(row, choices)
    return row


def cancel(session: Session, import_id: int, *, reason: str | None = None) -> ImportTable | None:
    """End one that no errand works on; one that has ended stays as it is. None where there is no such import."""
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


def view(row: ImportTable) -> Import:
    assert row.id is not None
    return Import(
        id=row.id,
        key=row.key,
        size=row.size,
        names=row.names,
        skip_bad=row.skip_bad,
        test_share=row.test_share,
        part=row.part,
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
    for field in Choices.model_fields:
        setattr(row, field, getattr(choices, field))


def _status(errand: ErrandStatus, *, is_preview: bool) -> ImportStatus:
    """Of an import whose errand has this status."""
    match errand:
        case ErrandStatus.WAITING:
            return ImportStatus.WAITING
        case ErrandStatus.RUNNING:
            return ImportStatus.INSPECTING if is_preview else ImportStatus.IMPORTING
        case ErrandStatus.DONE:
            return ImportStatus.FOUND if is_preview else ImportStatus.DONE
        case ErrandStatus.FAILED:
            return ImportStatus.FAILED
        case ErrandStatus.CANCELLED:
            return ImportStatus.CANCELLED


def _end(session: Session, row: ImportTable, status: ImportStatus, reason: str | None) -> None:
    row.status, row.reason, row.ended_at = status, reason, utc_now()
    _publish(session, row)


def _publish(session: Session, row: ImportTable, *, passing: bool = False) -> None:
    session.flush()
    events.append(session, brief(row), subject=row.id if passing else None)
