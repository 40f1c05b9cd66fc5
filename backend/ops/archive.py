"""The form of a backup: a zip of the database, of files of runs if they were asked for, and of a card that says so."""

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
"""What holds the database: SQLite's file, or what PostgreSQL's `pg_dump` wrote."""

RUNS = "runs/"

KINDS: dict[Member, str] = {DATABASE: "SQLite", DUMP: "PostgreSQL"}

PG_DUMP_MAGIC = b"PGDMP"
SQLITE_MAGIC = b"SQLite format 3\x00"


class BadBackup(Exception):
    """The file is no backup, or is not whole any more; the message says what was found and what to do."""


class RunFile(BaseModel):
    path: str = Field(description="Under `runs/`.")
    sha256: str


class Card(BaseModel):
    """What a backup says of itself."""

    version: str = Field(description="Skiplab's, which made it.")
    database: Member = Field(DATABASE, description="The member that holds it.")
    revision: str | None = Field(description="The database's.")
    created_at: datetime
    runs: int
    sha256: str = Field(description="Of the database.")
    files: list[RunFile] = Field(description="Files of runs that it holds.")


def plain_database(file: Path) -> Member | None:
    """A copy that the lab made before an upgrade is the database itself. Raises BadBackup where it cannot be read."""
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
    """Raises BadBackup, also for what the block finds when it reads a member."""
    try:
        with zipfile.ZipFile(file) as archive:
            card = Card.model_validate_json(archive.read(CARD))
            _check_paths(file, card)
            yield archive, card
    except (zipfile.BadZipFile, KeyError, EOFError, zlib.error, ValidationError, OSError) as error:
        if isinstance(error, OSError) and error.filename != str(file):
            raise
        raise BadBackup(
            f"{file} is not a whole backup of Skiplab ({_first_line(error)}): give a file that `skiplab backup` wrote."
        ) from error


def _check_paths(file: Path, card: Card) -> None:
    for each in card.files:
        path = PurePosixPath(each.path)
        if path.is_absolute() or ".." in path.parts:
            raise BadBackup(f"{file} holds a file that would land outside the lab's folder: {each.path}.")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
