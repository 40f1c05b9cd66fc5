"""A request's body on its way to the disk: streamed to a partial file, which whoever takes it moves to its place."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from backend.errors import Problem
from skiplab.contract.problems import ProblemBody

KEPT_FREE = 1 << 30
"""Bytes kept free on the disk for the database and runs."""

NO_ROOM: dict[int | str, dict[str, Any]] = {507: {"model": ProblemBody, "description": "The disk is full."}}
"""For the API document: the response of routes that receive files."""


class NoRoom(Problem):
    status = HTTPStatus.INSUFFICIENT_STORAGE


@dataclass(frozen=True)
class ReceivedFile:
    path: Path
    bytes: int
    sha256: str


@asynccontextmanager
async def received(body: AsyncIterator[bytes], folder: Path) -> AsyncIterator[ReceivedFile]:
    """Stream a body into a partial file in `folder`, which is created; at the end of the block it is deleted if it is
    still there, as it is if the client disconnects. Raises NoRoom."""
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            async for piece in body:
                _check_room(folder, len(piece))
                await asyncio.to_thread(file.write, piece)
                digest.update(piece)
                size += len(piece)
            file.flush()
            yield ReceivedFile(part, size, digest.hexdigest())
        finally:
            part.unlink(missing_ok=True)


def _check_room(folder: Path, more: int) -> None:
    if shutil.disk_usage(folder).free - more < KEPT_FREE:
        raise NoRoom(f"The disk of {folder} is too full for the upload: {KEPT_FREE >> 20} MiB must stay free.")
