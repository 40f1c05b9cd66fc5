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

from backend.contract import places
from backend.db import copies
from backend.ops.archive import CARD, DATABASE, RUNS, Card, RunFile
from backend.ops.hashing import transfer

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


def back_up(database: Path, home: Path, file: Path, *, checkpoints: bool = False) -> Made:
    """Write a backup to `file`, which appears whole or not at all.

    Raises CannotBackUp, DatabaseDamaged; OSError where there is no room.
    """
    if not database.is_file():
        raise CannotBackUp(f"There is no database at {database}: name the lab's folder with --home or SKIPLAB_HOME.")
    if not file.parent.is_dir():
        raise CannotBackUp(f"There is no folder {file.parent}: make it first.")
    with _workshop(home) as folder:
        files, missing = _snapshot(database, home, folder, checkpoints=checkpoints)
        aside = file.with_name(f"{file.name}.part")
        try:
            card = _write(folder, files, aside)
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)
    return Made(card, missing, file.stat().st_size)


@contextmanager
def _workshop(home: Path) -> Iterator[Path]:
    """A folder on the file system of the runs' files, so that they can be held by links."""
    places.backups(home).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="making-", dir=places.backups(home)) as folder:
        yield Path(folder)


def _snapshot(database: Path, home: Path, folder: Path, *, checkpoints: bool) -> tuple[list[RunFile], list[str]]:
    """A copy of the database and links to its files, of one moment; the files that are held, and those not there."""
    copy, lost = folder / DATABASE, set[str]()
    for left in reversed(range(TRIES)):
        copy.unlink(missing_ok=True)
        copies.copy(database, copy)
        files = (
            [RunFile(path=path, sha256=sha256) for path, sha256 in copies.files_of_runs(copy)] if checkpoints else []
        )
        absent = {each.path for each in files if not _hold(places.runs(home) / each.path, folder / RUNS / each.path)}
        # What is missing twice was not replaced meanwhile: it is not there.
        if absent <= lost or left == 0:
            break
        lost = absent
    return [each for each in files if each.path not in absent], sorted(absent)


def _hold(path: Path, link: Path) -> bool:
    """Keep the file's content at hand, whoever removes it."""
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    try:
        os.link(path, link)
    except FileNotFoundError:
        return False
    except OSError:
        shutil.copyfile(path, link)  # a file system without links
    return True


def _write(folder: Path, files: list[RunFile], to: Path) -> Card:
    copy = folder / DATABASE
    # Readable by its owner alone: it holds all that the lab knows.
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        with zipfile.ZipFile(opened, "w") as archive:
            digest = _add(archive, copy, DATABASE, zipfile.ZIP_DEFLATED)
            for each in files:
                # Weights do not get smaller.
                _add(archive, folder / RUNS / each.path, RUNS + each.path, zipfile.ZIP_STORED)
            card = Card(
                version=version("skiplab"),
                revision=copies.revision(copy),
                created_at=datetime.now(UTC),
                runs=copies.count_runs(copy),
                sha256=digest,
                files=files,
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
