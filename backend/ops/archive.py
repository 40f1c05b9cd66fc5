"""The backup format: a zip of the database, optionally of run files, and of a manifest."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

CARD = "backup.json"
Member = Literal["skiplab.db", "skiplab.dump"]
DATABASE: Member = "skiplab.db"
DUMP: Member = "skiplab.dump"
"""The member with the database: an SQLite file, or output of `pg_dump`."""

RUNS = "runs/"

KINDS: dict[Member, str] = {DATABASE: "SQLite", DUMP: "PostgreSQL"}

PG_DUMP_MAGIC = b"PGDMP"
SQLITE_MAGIC = b"SQLite format 3\x00"


class BadBackup(Exception):
    """The file is not a backup or is damaged; the message says what was found and what to do."""


class RunFile(BaseModel):
    path: str = Field(description="Relative to `runs/`.")
    sha256: str


class Card(BaseModel):
    """The manifest of a backup."""

    version: str = Field(description="Version of Skiplab that made it.")
    database: Member = Field(DATABASE, description="Member with the database.")
    revision: str | None = Field(description="Alembic revision of the database.")
    created_at: datetime
    runs: int
    sha256: str = Field(description="SHA-256 of the database.")
    files: list[RunFile] = Field(description="Run files in the backup.")


def plain_database(file: Path) -> Member | None:
    """Return the kind of a bare database, as copied before upgrades; None for others. Raises BadBackup."""
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(SQLITE_MAGIC))
        if begins == SQLITE_MAGIC:
            return DATABASE
        return DUMP if begins.startswith(PG_DUMP_MAGIC) else None
    except OSError as error:
        raise BadBackup(f"{file} cannot be read: {error.strerror}.") from error


@contextmanager
def opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Card]]:
    """Open a backup and its manifest. Raises BadBackup, also for errors while the block reads members."""
    try:
        with zipfile.ZipFile(file) as archive:
            card = Card.model_validate_json(archive.read(CARD))
            _check_paths(file, card)
            yield archive, card
    except (zipfile.BadZipFile, KeyError, EOFError, zlib.error, ValidationError, OSError) as error:
        if isinstance(error, OSError) and error.filename != str(file):
            raise
        raise BadBackup(
            f"{file} is not a valid Skiplab backup ({_first_line(error)}): give a file written by `skiplab backup`."
        ) from error


def _check_paths(file: Path, card: Card) -> None:
    for each in card.files:
        path = PurePosixPath(each.path)
        if path.is_absolute() or ".." in path.parts:
            raise BadBackup(f"{file} contains a file outside the home folder: {each.path}.")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
