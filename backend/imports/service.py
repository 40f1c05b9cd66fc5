"""What is decided about an upload: whether it may come, how large it may be, and where it waits for a worker."""

import asyncio
import shutil
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from backend.contract import places
from backend.contract.imports import Import
from backend.db import imports
from backend.db.database import Database
from backend.errors import FieldError, Invalid, Problem
from backend.settings import Settings

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


async def take(
    settings: Settings, database: Database, body: AsyncIterator[bytes], *, key: str, size: int | None
) -> Import:
    """Keep the upload and have it imported. It goes to the disk as it comes; memory holds a piece of it.

    Raises SwitchedOff, NoRoom, Invalid.
    """
    if not settings.takes_uploads:
        raise SwitchedOff(
            "This lab takes no uploads, as is usual where it is reached from other machines: set"
            f" SKIPLAB_ALLOW_UPLOADS=true where it runs, or import there: skiplab data import {key} PATH."
        )
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
            return await asyncio.to_thread(_store, settings.home, database, part, key=key, size=size)
        finally:
            part.unlink(missing_ok=True)


def _store(home: Path, database: Database, part: Path, *, key: str, size: int | None) -> Import:
    with database.write() as session:
        row = imports.add(session, key=key, size=size, bytes=part.stat().st_size)
        assert row.id is not None
        # Before the commit: a row never speaks of a file that is not there.
        upload = places.upload(home, row.id, key)
        upload.parent.mkdir(parents=True)
        part.replace(upload)
        return imports.view(row)


def _check(part: Path) -> None:
    """Whether it can be a zip; the worker looks at all of it."""
    if not zipfile.is_zipfile(part):
        message = "the body is not a whole zip file"
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
