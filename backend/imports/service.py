"""What is decided about an upload: whether it may come, how large it may be, and where it waits for a worker."""

import asyncio
import shutil
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from backend.db import catalog, errands, imports
from backend.db.database import Database, Session
from backend.errors import Conflict, FieldError, Invalid, NotFound, Problem
from backend.notifier import Notifier
from backend.settings import Settings
from skiplab.contract import places
from skiplab.contract.archives import HEAD, SUPPORTED, UNSUPPORTED, kind_of
from skiplab.contract.errands import ImportTask
from skiplab.contract.imports import Choices, Found, Import, ImportStatus

KEPT_FREE = 1 << 30
"""Bytes that stay free on the disk, for the database and the runs."""

ABANDONED_SECONDS = 86400
"""A half upload that is older than this was left by a process that was killed."""


class SwitchedOff(Problem):
    status = HTTPStatus.FORBIDDEN


class NotZip(Problem):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class NoRoom(Problem):
    status = HTTPStatus.INSUFFICIENT_STORAGE


@dataclass(frozen=True)
class Upload:
    """What a client says of what it sends."""

    key: str
    choices: Choices
    preview: bool
    file: str | None
    """The file's own name."""


async def receive(
    settings: Settings, database: Database, notifier: Notifier, body: AsyncIterator[bytes], upload: Upload
) -> Import:
    """Keep the upload and have it inspected or imported. It goes to the disk as it comes; memory holds a piece of it.

    A client that breaks off leaves nothing. Raises SwitchedOff, NoRoom, Invalid, Conflict.
    """
    if not settings.takes_uploads:
        raise SwitchedOff(
            "This lab takes no uploads, as is usual where it is reached from other machines: set"
            f" SKIPLAB_ALLOW_UPLOADS=true where it runs, or import there: skiplab data import {upload.key} PATH."
        )
    await asyncio.to_thread(_check_key_first, database, upload.key)
    folder = places.uploads(settings.home)
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            async for piece in body:
                _check_room(folder, len(piece))
                await asyncio.to_thread(file.write, piece)
            file.flush()
            _check(part)
            return await asyncio.to_thread(_store, settings.home, database, notifier, part, upload)
        finally:
            part.unlink(missing_ok=True)


def take(
    database: Database,
    notifier: Notifier,
    import_id: int,
    *,
    key: str | None,
    choices: Choices,
    preview: bool = False,
) -> Import:
    """Have what was found imported, or with `preview` inspected anew with these choices.

    Raises NotFound, Conflict.
    """
    with database.write() as session:
        before = imports.get(session, import_id)
        if before is not None:
            _check_key(session, key or before.key)
            if not preview and (found := imports.view(before).found) is not None:
                _check_choices(found, choices)
        try:
            row = imports.take(session, import_id, key=key, choices=choices, preview=preview)
        except imports.NotFoundYet as error:
            what = "inspected again" if preview else "taken"
            raise Conflict(
                f"Import {import_id} is {_WORDS[error.status]}: only what was found can be {what}."
            ) from None
        if row is None:
            raise NotFound(f"There is no import {import_id}.")
        errand = errands.add(session, ImportTask(import_id=import_id))
        taken = imports.view(row)
    notifier.notify_errand(errand.id or 0)
    return taken


def cancel(settings: Settings, database: Database, import_id: int) -> Import:
    """End an import, whatever it is doing: its upload goes now, and a worker that is at it stops at once.

    Raises NotFound, Conflict.
    """
    with database.write() as session:
        before = imports.get(session, import_id)
        if before is None:
            raise NotFound(f"There is no import {import_id}.")
        if before.status in (ImportStatus.DONE, ImportStatus.FAILED):
            raise Conflict(f"Import {import_id} is {_WORDS[before.status]} already.")
        errand = errands.active(session, ImportTask(import_id=import_id))
        if errand is not None:
            errands.cancel(session, errand)
        row = imports.cancel(session, import_id)
        assert row is not None
        cancelled = imports.view(row)
    # After the commit: a row that waits never speaks of a file that is not there.
    remove_upload(settings.home, import_id)
    return cancelled


def remove_upload(home: Path, import_id: int) -> None:
    """Delete the upload's file, where it is in this home."""
    shutil.rmtree(places.uploads(home) / str(import_id), ignore_errors=True)


_WORDS = {
    ImportStatus.WAITING: "waiting for a worker",
    ImportStatus.INSPECTING: "being inspected",
    ImportStatus.FOUND: "inspected",
    ImportStatus.IMPORTING: "being imported",
    ImportStatus.DONE: "done",
    ImportStatus.FAILED: "failed",
    ImportStatus.CANCELLED: "cancelled",
}
"""How the end of a sentence speaks of a status."""


def _check_choices(found: Found, choices: Choices) -> None:
    """Raises Conflict where something that was found still wants a choice."""
    if (found.names and not choices.names) or (found.unreadable is not None and not choices.skip_bad):
        raise Conflict(found.refused or "What was found cannot be taken as it is.")


def _store(home: Path, database: Database, notifier: Notifier, part: Path, given: Upload) -> Import:
    with database.write() as session:
        row = imports.add(
            session,
            key=given.key,
            choices=given.choices,
            bytes=part.stat().st_size,
            preview=given.preview,
            file=given.file,
        )
        assert row.id is not None
        # Before the commit: a row never speaks of a file that is not there.
        upload = places.upload(home, row.id, given.key)
        upload.parent.mkdir(parents=True)
        part.replace(upload)
        errand = errands.add(session, ImportTask(import_id=row.id))
        stored = imports.view(row)
    notifier.notify_errand(errand.id or 0)
    return stored


def _check_key_first(database: Database, key: str) -> None:
    """Before the upload comes. Raises Conflict."""
    with database.read() as session:
        _check_key(session, key)


def _check_key(session: Session, key: str) -> None:
    """Raises Conflict for a data set that no import can become a version of."""
    card = catalog.dataset(session, key)
    if card is not None and card.provenance == "generated":
        raise Conflict(f"{key} is generated by the lab and cannot be replaced by an import: choose another name.")
    if card is not None and card.plugin is not None:
        raise Conflict(f"{key} is loaded by the plugin {card.plugin}: choose another name.")


def _check(part: Path) -> None:
    """Whether it can be one of the files that data sets come in; the worker looks at all of it."""
    with part.open("rb") as file:
        head = file.read(HEAD)
    kind = kind_of(head)
    if kind is None or (kind == "zip" and not zipfile.is_zipfile(part)):
        known = next((what for magic, what in UNSUPPORTED.items() if head.startswith(magic)), None)
        message = f"the body is {known}" if known else "the body is not a whole zip file"
        message += f": send {SUPPORTED}"
        raise Invalid(f"body: {message}", errors=[FieldError(field="body", value=None, message=message)])


def _check_room(folder: Path, more: int) -> None:
    if shutil.disk_usage(folder).free - more < KEPT_FREE:
        raise NoRoom(f"There is no room for the upload on the disk of {folder}: {KEPT_FREE >> 20} MiB must stay free.")


def _sweep(folder: Path) -> None:
    for part in folder.glob("*.part"):
        # Another request may be removing it as well.
        with suppress(FileNotFoundError):
            if time.time() - part.stat().st_mtime > ABANDONED_SECONDS:
                part.unlink()
