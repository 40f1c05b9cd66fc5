"""`skiplab backup`: an online backup as one file."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from backend.db import copies, dumps
from backend.db.copies import Contents
from backend.db.database import Database
from backend.ops.archive import CARD, DATABASE, DUMP, RUNS, Card, Member, RunFile
from backend.ops.hashing import transfer
from skiplab.contract import places

TRIES = 5
"""Attempts at a consistent snapshot: a run may replace its checkpoint between the copies of database and files."""


class CannotBackUp(Exception):
    """The backup cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class Made:
    card: Card
    missing: list[str]
    """Files in the database that are missing on the disk."""
    bytes: int


def back_up(database: Database, home: Path, file: Path, *, checkpoints: bool = False) -> Made:
    """Write a backup to `file` atomically.

    Raises CannotBackUp, CannotDump, DatabaseDamaged, DatabaseUnreachable; OSError if the disk is full.
    """
    if database.file is not None and not database.file.is_file():
        raise CannotBackUp(f"There is no database at {database.file}: set the home folder with --home or SKIPLAB_HOME.")
    if not file.parent.is_dir():
        raise CannotBackUp(f"There is no folder {file.parent}: create it first.")
    with _scratch_folder(home) as folder:
        snapshot = _snapshot(database, home, folder, checkpoints=checkpoints)
        aside = file.with_name(f"{file.name}.part")
        try:
            card = _write(folder, snapshot, aside)
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)
    return Made(card, snapshot.missing, file.stat().st_size)


@dataclass(frozen=True)
class Snapshot:
    """The contents of a backup."""

    member: Member
    contents: Contents
    files: list[RunFile]
    missing: list[str]


@contextmanager
def _scratch_folder(home: Path) -> Iterator[Path]:
    """Yield a folder on the file system of the run files, so that they can be hard-linked."""
    places.backups(home).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="making-", dir=places.backups(home)) as folder:
        yield Path(folder)


def _snapshot(database: Database, home: Path, folder: Path, *, checkpoints: bool) -> Snapshot:
    """Copy the database and link its files, consistently with each other."""
    member, lost = DATABASE if database.file else DUMP, set[str]()
    for left in reversed(range(TRIES)):
        contents = _copy(database, folder / member)
        files = [RunFile(path=path, sha256=sha256) for path, sha256 in contents.files] if checkpoints else []
        absent = {each.path for each in files if not _preserve(home, each.path, folder / RUNS / each.path)}
        # A file missing twice was not replaced in the meantime but is really missing.
        if absent <= lost or left == 0:
            break
        lost = absent
    return Snapshot(member, contents, [each for each in files if each.path not in absent], sorted(absent))


def _copy(database: Database, to: Path) -> Contents:
    to.unlink(missing_ok=True)
    if database.file is None:
        return dumps.dump(database, to)
    copies.copy(database.file, to)
    return copies.contents(to)


def _preserve(home: Path, path: str, link: Path) -> bool:
    """Link a file, so that it survives deletion; return False if it is missing."""
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    try:
        found = places.file_of_run(home, path)
        _link_or_copy(found, link)
    except FileNotFoundError:
        return False
    except PermissionError as error:
        raise CannotBackUp(
            f"{error.filename} cannot be read ({error.strerror}): run the backup as the user of the server, or without"
            " checkpoints."
        ) from error
    return True


def _link_or_copy(found: Path, link: Path) -> None:
    try:
        os.link(found, link, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(found, link, follow_symlinks=False)  # the file system has no hard links


def _write(folder: Path, snapshot: Snapshot, to: Path) -> Card:
    # Readable by its owner only: it contains all data.
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        with zipfile.ZipFile(opened, "w") as archive:
            digest = _add(archive, folder / snapshot.member, snapshot.member, zipfile.ZIP_DEFLATED)
            for each in snapshot.files:
                # Weights do not compress.
                _add(archive, folder / RUNS / each.path, RUNS + each.path, zipfile.ZIP_STORED)
            card = Card(
                version=version("skiplab"),
                database=snapshot.member,
                revision=snapshot.contents.revision,
                created_at=datetime.now(UTC),
                runs=snapshot.contents.runs,
                sha256=digest,
                files=snapshot.files,
            )
            archive.writestr(CARD, card.model_dump_json(indent=1))
        opened.flush()
        os.fsync(opened.fileno())
    return card


def _add(archive: zipfile.ZipFile, path: Path, name: str, compression: int) -> str:
    member = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
    member.compress_type = compression
    with path.open("rb") as source, archive.open(member, "w") as target:
        return transfer(source, target)
