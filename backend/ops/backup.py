"""`skiplab backup`: the lab as one file, while it runs."""

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
"""A run that ends an epoch just now replaces its checkpoint between the database's copy and the files'."""


class CannotBackUp(Exception):
    """The message says why and what to do."""


@dataclass(frozen=True)
class Made:
    card: Card
    missing: list[str]
    """Files that the database knows and that are not on the disk."""
    bytes: int


def back_up(database: Database, home: Path, file: Path, *, checkpoints: bool = False) -> Made:
    """Write a backup to `file`, which appears whole or not at all.

    Raises CannotBackUp, CannotDump, DatabaseDamaged, DatabaseUnreachable; OSError where there is no room.
    """
    if database.file is not None and not database.file.is_file():
        raise CannotBackUp(
            f"There is no database at {database.file}: name the lab's folder with --home or SKIPLAB_HOME."
        )
    if not file.parent.is_dir():
        raise CannotBackUp(f"There is no folder {file.parent}: make it first.")
    with _workshop(home) as folder:
        taken = _snapshot(database, home, folder, checkpoints=checkpoints)
        aside = file.with_name(f"{file.name}.part")
        try:
            card = _write(folder, taken, aside)
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)
    return Made(card, taken.missing, file.stat().st_size)


@dataclass(frozen=True)
class Taken:
    """What goes into a backup."""

    member: Member
    contents: Contents
    files: list[RunFile]
    missing: list[str]


@contextmanager
def _workshop(home: Path) -> Iterator[Path]:
    """A folder on the file system of the runs' files, so that they can be held by links."""
    places.backups(home).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="making-", dir=places.backups(home)) as folder:
        yield Path(folder)


def _snapshot(database: Database, home: Path, folder: Path, *, checkpoints: bool) -> Taken:
    """A copy of the database and links to its files, of one moment."""
    member, lost = DATABASE if database.file else DUMP, set[str]()
    for left in reversed(range(TRIES)):
        contents = _copy(database, folder / member)
        files = [RunFile(path=path, sha256=sha256) for path, sha256 in contents.files] if checkpoints else []
        absent = {each.path for each in files if not _hold(home, each.path, folder / RUNS / each.path)}
        # What is missing twice was not replaced meanwhile: it is not there.
        if absent <= lost or left == 0:
            break
        lost = absent
    return Taken(member, contents, [each for each in files if each.path not in absent], sorted(absent))


def _copy(database: Database, to: Path) -> Contents:
    to.unlink(missing_ok=True)
    if database.file is None:
        return dumps.dump(database, to)
    copies.copy(database.file, to)
    return copies.contents(to)


def _hold(home: Path, path: str, link: Path) -> bool:
    """Keep the file's content at hand, whoever removes it."""
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    try:
        found = places.file_of_run(home, path)
        _link_or_copy(found, link)
    except FileNotFoundError:
        return False
    except PermissionError as error:
        raise CannotBackUp(
            f"{error.filename} cannot be read ({error.strerror}): run the backup as the lab's user, or without"
            " checkpoints."
        ) from error
    return True


def _link_or_copy(found: Path, link: Path) -> None:
    try:
        os.link(found, link, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(found, link, follow_symlinks=False)  # a file system without links


def _write(folder: Path, taken: Taken, to: Path) -> Card:
    # Readable by its owner alone: it holds all that the lab knows.
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        with zipfile.ZipFile(opened, "w") as archive:
            digest = _add(archive, folder / taken.member, taken.member, zipfile.ZIP_DEFLATED)
            for each in taken.files:
                # Weights do not get smaller.
                _add(archive, folder / RUNS / each.path, RUNS + each.path, zipfile.ZIP_STORED)
            card = Card(
                version=version("skiplab"),
                database=taken.member,
                revision=taken.contents.revision,
                created_at=datetime.now(UTC),
                runs=taken.contents.runs,
                sha256=digest,
                files=taken.files,
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
