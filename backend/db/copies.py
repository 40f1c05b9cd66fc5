"""Whole databases as files: a copy of one in use, whether a file is sound, and a change of one file for another.

All of it raises DatabaseUnusable where the disk is full or somebody has locked the file.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from backend.db.database import DatabaseUnusable

LOCKED = ("database is locked", "database table is locked")


class DatabaseDamaged(Exception):
    """The file does not hold together: a page was overwritten or lost, or it never was a database."""

    def __init__(self, file: Path, found: str) -> None:
        self.found = found
        super().__init__(
            f"The database {file} is damaged ({found}). `skiplab restore FILE` puts a backup in its place and keeps"
            f" this one aside; those made before upgrades are in {file.parent / 'backups'}. Without a backup, the"
            f" program sqlite3 may save most of it: `.recover`."
        )


class DatabaseInUse(Exception):
    """Another process has the file open."""


@dataclass(frozen=True)
class Contents:
    """What a copy of a database holds."""

    revision: str | None
    runs: int
    files: list[tuple[str, str]]
    """Path under `runs/` and SHA-256 of every file that the database knows."""


def contents(file: Path) -> Contents:
    """Raises DatabaseDamaged."""
    return Contents(revision(file), count_runs(file), files_of_runs(file))


def check(file: Path, *, thorough: bool = False) -> None:
    """Raises DatabaseDamaged. `thorough` also holds every index against its table, which takes far longer."""
    with _named(file), closing(_connect(file)) as connection:
        (found,) = connection.execute(f"PRAGMA {'integrity' if thorough else 'quick'}_check(1)").fetchone()
    if found != "ok":
        raise DatabaseDamaged(file, " ".join(str(found).split()))


def copy(file: Path, to: Path) -> None:
    """A sound copy of what is committed now, of a database that others read and write meanwhile.

    It is one file: nothing of it stands in a write-ahead log. Raises DatabaseDamaged, and then leaves no copy.
    """
    with _named(file), closing(_connect(file)) as source, closing(sqlite3.connect(to)) as target:
        # All pages at once, inside one view of the data: with a step at a time every commit would start it anew.
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode=DELETE")
    try:
        check(to, thorough=True)
    except DatabaseDamaged as error:
        to.unlink()
        raise DatabaseDamaged(file, error.found) from error


def revision(file: Path) -> str | None:
    """Alembic's, None where there is none: an empty file, or another program's database. Raises DatabaseDamaged."""
    with _named(file), closing(_connect(file)) as connection:
        if not _has_table(connection, "alembic_version"):
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def count_runs(file: Path) -> int:
    """Raises DatabaseDamaged."""
    with _named(file), closing(_connect(file)) as connection:
        if not _has_table(connection, "run"):
            return 0
        return int(connection.execute("SELECT count(*) FROM run").fetchone()[0])


def files_of_runs(file: Path) -> list[tuple[str, str]]:
    """Path under `runs/` and SHA-256 of every file that the database knows. Raises DatabaseDamaged."""
    with _named(file), closing(_connect(file)) as connection:
        if not _has_table(connection, "artifact"):
            return []
        return [(str(path), str(digest)) for path, digest in connection.execute("SELECT path, sha256 FROM artifact")]


def exchange(file: Path, new: Path, aside: Path) -> None:
    """Put `new` in the place of `file`, which is kept as `aside`. Both lie in one folder; at every moment `file` is
    one of the two, whole. Raises DatabaseInUse.
    """
    if not file.exists():
        new.replace(file)
        return
    close_log(file)
    for ending in ("-wal", "-shm"):
        # Only a damaged database still has them here. Under its new name it finds them again.
        with suppress(FileNotFoundError):
            Path(f"{file}{ending}").rename(f"{aside}{ending}")
    try:
        os.link(file, aside)
    except OSError:
        shutil.copy2(file, aside)  # a file system without links
    new.replace(file)


def close_log(file: Path) -> None:
    """Bring everything into the one file, which SQLite allows only to who has it alone. Raises DatabaseInUse."""
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        if any(said in str(error) for said in LOCKED):
            raise DatabaseInUse(f"The database {file} is in use by another process: stop the lab first.") from error
        # Damaged, and so about to be replaced.


def _connect(file: Path) -> sqlite3.Connection:
    # As a URI with `mode=rw`: a file that is not there is not made.
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30)


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
    return found.fetchone() is not None


@contextmanager
def _named(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        # Locked, or no room: nothing is wrong with the file.
        raise DatabaseUnusable(f"The database {file} cannot be used: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise DatabaseDamaged(file, str(error)) from error
