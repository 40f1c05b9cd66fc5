"""Files that a client saves with its run: images, tables, histograms and whatever else."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar

from backend.db import artifacts, client_runs
from backend.db.artifacts import NewArtifact
from backend.db.database import Database
from backend.errors import Conflict, Problem
from backend.ingest.service import problems_of
from backend.received_file import ReceivedFile, received
from backend.settings import Settings
from skiplab.contract import places, saved_files
from skiplab.contract.ingest_limits import MOST_FILES
from skiplab.contract.telemetry import Artifact


class TooManyFiles(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    type: ClassVar[str] = "too_many_files"


async def receive(
    settings: Settings, database: Database, run_id: int, holder: int, name: str, body: AsyncIterator[bytes]
) -> Artifact:
    """Stream a file to the disk and record it; one of the same name is replaced.

    Nothing is kept if the client disconnects. Raises NotFound, Conflict, HolderGone, TooManyFiles, NoRoom.
    """
    await asyncio.to_thread(_check_held, database, run_id, holder)
    async with received(body, places.runs(settings.home) / str(run_id)) as file:
        return await asyncio.to_thread(_store, settings, database, run_id, holder, name, file)


def _check_held(database: Database, run_id: int, holder: int) -> None:
    with problems_of(run_id, holder), database.read() as session:
        client_runs.check_held(session, run_id, holder)


def _store(settings: Settings, database: Database, run_id: int, holder: int, name: str, new: ReceivedFile) -> Artifact:
    kind, step = saved_files.described(name)
    path = places.saved_file(run_id, name)
    with problems_of(run_id, holder), database.write() as session:
        client_runs.check_held(session, run_id, holder)
        count, total = artifacts.count_and_bytes(session, run_id, without=path)
        if count >= MOST_FILES:
            raise TooManyFiles(f"Run {run_id} has {count:,} files; at most {MOST_FILES:,} are allowed.")
        if total + new.bytes > settings.most_run_file_bytes:
            raise TooManyFiles(
                f"The files of run {run_id} would have {total + new.bytes:,} bytes; SKIPLAB_MAX_RUN_FILES_MIB allows"
                f" {settings.most_run_file_bytes:,}."
            )
        file = NewArtifact(kind=kind, path=path, epoch=0, step=step, bytes=new.bytes, sha256=new.sha256)
        artifacts.add(session, run_id, holder, file)
        # Before the commit, so that no row names a missing file; the one that is replaced had this name too.
        _move(new.path, places.runs(settings.home) / path)
        row = artifacts.of_path(session, run_id, path)
        return Artifact.model_validate(row.model_dump())


def _move(part: Path, target: Path) -> None:
    """Put a file in its place. Raises Conflict if a file is where the name has a folder, or a folder at the name."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise Conflict(
            f"A file cannot be named {target.name!r} here: a folder has this name, or a file that of its folder."
        ) from None
