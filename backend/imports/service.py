"""Uploads: permission, size and disk checks, storage until a worker imports them, confirmation and cancellation."""

import asyncio
import shutil
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from backend.db import catalog, errands, imports
from backend.db.database import Database, Session
from backend.errors import Conflict, Invalid, NotFound, Problem
from backend.notifier import Notifier
from backend.received_file import received
from backend.settings import Settings
from skiplab.contract import places
from skiplab.contract.archives import HEAD, SUPPORTED, UNSUPPORTED, kind_of
from skiplab.contract.errands import ImportTask
from skiplab.contract.imports import Choices, Found, Import, ImportStatus

ABANDONED_SECONDS = 86400
"""A partial upload older than this was left by a killed process."""


class SwitchedOff(Problem):
    status = HTTPStatus.FORBIDDEN


class NotZip(Problem):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


@dataclass(frozen=True)
class Upload:
    """The parameters of an upload."""

    key: str
    choices: Choices
    preview: bool
    file: str | None
    """File name given by the client."""


async def receive(
    settings: Settings, database: Database, notifier: Notifier, body: AsyncIterator[bytes], upload: Upload
) -> Import:
    """Stream an upload to the disk and queue its inspection or import.

    Nothing is kept if the client disconnects. Raises SwitchedOff, NoRoom, Invalid, Conflict.
    """
    if not settings.takes_uploads:
        raise SwitchedOff(
            "Uploads are off, the default if other machines can reach the server. Set SKIPLAB_ALLOW_UPLOADS=true"
            f" on the server to allow them, or import there: skiplab data import {upload.key} PATH."
        )
    await asyncio.to_thread(_check_key_first, database, upload.key)
    folder = places.uploads(settings.home)
    _sweep(folder)
    async with received(body, folder) as file:
        _check(file.path)
        return await asyncio.to_thread(_store, settings.home, database, notifier, file.path, upload)


def take(
    database: Database,
    notifier: Notifier,
    import_id: int,
    *,
    key: str | None,
    choices: Choices,
    preview: bool = False,
) -> Import:
    """Confirm an inspected import, or with `preview` inspect it again with these choices.

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
        except imports.NotAwaitingDecision as error:
            what = "inspected again" if preview else "confirmed"
            raise Conflict(
                f"Import {import_id} is {_WORDS[error.status]}: only an inspected upload can be {what}."
            ) from None
        if row is None:
            raise NotFound(f"There is no import {import_id}.")
        errand = errands.add(session, ImportTask(import_id=import_id))
        taken = imports.view(row)
    notifier.notify_errand(errand.id or 0)
    return taken


def cancel(settings: Settings, database: Database, import_id: int) -> Import:
    """Cancel an import in any state before its end: its upload is deleted and its worker stops.

    Raises NotFound, Conflict.
    """
    with database.write() as session:
        before = imports.get(session, import_id)
        if before is None:
            raise NotFound(f"There is no import {import_id}.")
        if before.status in (ImportStatus.DONE, ImportStatus.FAILED):
            raise Conflict(f"Import {import_id} has already ended: it is {_WORDS[before.status]}.")
        errand = errands.active(session, ImportTask(import_id=import_id))
        if errand is not None:
            errands.cancel(session, errand)
        row = imports.cancel(session, import_id)
        assert row is not None
        cancelled = imports.view(row)
    # After the commit, so that no waiting row refers to a missing file.
    remove_upload(settings.home, import_id)
    return cancelled


def remove_upload(home: Path, import_id: int) -> None:
    """Delete the uploaded file if it is in this home."""
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
"""A status at the end of a sentence."""


def _check_choices(found: Found, choices: Choices) -> None:
    """Check that required choices were made. Raises Conflict."""
    if (found.names and not choices.names) or (found.unreadable is not None and not choices.skip_bad):
        raise Conflict(found.refused or "The upload cannot be imported without further choices.")


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
        # Before the commit, so that no row refers to a missing file.
        upload = places.upload(home, row.id, given.key)
        upload.parent.mkdir(parents=True)
        part.replace(upload)
        errand = errands.add(session, ImportTask(import_id=row.id))
        stored = imports.view(row)
    notifier.notify_errand(errand.id or 0)
    return stored


def _check_key_first(database: Database, key: str) -> None:
    """Check the key before the upload is received. Raises Conflict."""
    with database.read() as session:
        _check_key(session, key)


def _check_key(session: Session, key: str) -> None:
    """Check that the key may be imported. Raises Conflict for generated and plugin data sets."""
    card = catalog.dataset(session, key)
    if card is not None and card.provenance == "generated":
        raise Conflict(f"{key} is a built-in data set and cannot be replaced by an import: choose another key.")
    if card is not None and card.plugin is not None:
        raise Conflict(f"{key} is loaded by the plugin {card.plugin}: choose another key.")


def _check(part: Path) -> None:
    """Check the file type by its first bytes; the worker checks the rest. Raises Invalid."""
    with part.open("rb") as file:
        head = file.read(HEAD)
    kind = kind_of(head)
    if kind is None or (kind == "zip" and not zipfile.is_zipfile(part)):
        known = next((what for magic, what in UNSUPPORTED.items() if head.startswith(magic)), None)
        message = f"the body is {known}" if known else "this file is not a valid zip"
        message += f": send {SUPPORTED}"
        raise Invalid.of("body", None, message)


def _sweep(folder: Path) -> None:
    for part in folder.glob("*.part"):
        # Another request may delete it at the same time.
        with suppress(FileNotFoundError):
            if time.time() - part.stat().st_mtime > ABANDONED_SECONDS:
                part.unlink()
