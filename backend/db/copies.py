"""SQLite database files: online copies, integrity checks and replacement.

Every function raises DatabaseUnusable if the disk is full or the file is locked.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from backend.db.failures import DatabaseUnusable

LOCKED = ("database is locked", "database table is locked")


class DatabaseDamaged(Exception):
    """The file is corrupt, or is not a database."""

    def __init__(self, file: Path, found: str) -> None:
        self.found = found
        super().__init__(
            f"The database {file} is damaged ({found}). `skiplab restore FILE` replaces it by a backup and keeps"
            f" the damaged file; backups made before upgrades are in {file.parent / 'backups'}. Without a backup,"
            f" `.recover` of the program sqlite3 may recover most of it."
        )


class DatabaseInUse(Exception):
    """Another process has the file open."""


@dataclass(frozen=True)
class Contents:
    """A summary of a database's contents."""

    revision: str | None
    runs: int
    files: list[tuple[str, str]]
    """Path relative to `runs/` and SHA-256 of every artifact."""


def contents(file: Path) -> Contents:
    """Summarise the contents of a file. Raises DatabaseDamaged."""
    return Contents(revision(file), count_runs(file), files_of_runs(file))


def check(file: Path, *, thorough: bool = False) -> None:
    """Check a file's integrity. `thorough` also verifies every index, which takes longer. Raises DatabaseDamaged."""
    with _translated_errors(file), closing(_connect(file)) as connection:
        (found,) = connection.execute(f"PRAGMA {'integrity' if thorough else 'quick'}_check(1)").fetchone()
    if found != "ok":
        raise DatabaseDamaged(file, " ".join(str(found).split()))


def copy(file: Path, to: Path) -> None:
    """Copy the committed state of a database that is in use.

    The copy is a single file without a write-ahead log. Raises DatabaseDamaged, and then leaves no copy.
    """
    with _translated_errors(file), closing(_connect(file)) as source, closing(sqlite3.connect(to)) as target:
        # All pages in one step, from one snapshot: between smaller steps every commit would restart the backup.
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode=DELETE")
    try:
        check(to, thorough=True)
    except DatabaseDamaged as error:
        to.unlink()
        raise DatabaseDamaged(file, error.found) from error


def revision(file: Path) -> str | None:
    """Return the Alembic revision; None for an empty or foreign database. Raises DatabaseDamaged."""
    with _translated_errors(file), closing(_connect(file)) as connection:
        if not _has_table(connection, "alembic_version"):
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def count_runs(file: Path) -> int:
    """Count the runs in a file. Raises DatabaseDamaged."""
    with _translated_errors(file), closing(_connect(file)) as connection:
        if not _has_table(connection, "run"):
            return 0
        return int(connection.execute("SELECT count(*) FROM run").fetchone()[0])


def files_of_runs(file: Path) -> list[tuple[str, str]]:
    """Return path relative to `runs/` and SHA-256 of every artifact. Raises DatabaseDamaged."""
    with _translated_errors(file), closing(_connect(file)) as connection:
        if not _has_table(connection, "artifact"):
            return []
        return [(str(path), str(digest)) for path, digest in connection.execute("SELECT path, sha256 FROM artifact")]


def exchange(file: Path, new: Path, aside: Path) -> None:
    """Replace `file` by `new` atomically and keep the old file as `aside`, in the same folder. Raises DatabaseInUse."""
    if not file.exists():
        new.replace(file)
        return
    close_log(file)
    for ending in ("-wal", "-shm"):
        # Only a damaged database still has these; SQLite finds them again under the new name.
        with suppress(FileNotFoundError):
            Path(f"{file}{ending}").rename(f"{aside}{ending}")
    try:
        os.link(file, aside)
    except OSError:
        shutil.copy2(file, aside)  # the file system has no hard links
    new.replace(file)


def close_log(file: Path) -> None:
    """Merge the write-ahead log into the file, which needs exclusive access. Raises DatabaseInUse."""
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        if any(fragment in str(error) for fragment in LOCKED):
            raise DatabaseInUse(f"The database {file} is in use by another process: stop the lab first.") from error
        # A damaged file is about to be replaced anyway.


def _connect(file: Path) -> sqlite3.Connection:
    # `mode=rw`, so that a missing file is not created.
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30)


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
    return found.fetchone() is not None


@contextmanager
def _translated_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        # Locked or out of space: the file itself is intact.
        raise DatabaseUnusable(f"The database {file} cannot be used: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise DatabaseDamaged(file, str(error)) from error
