"""The verified copy of a database that is made before its upgrade. A downgrade restores it."""

from datetime import UTC, datetime
from pathlib import Path

from backend.db import copies, dumps, revisions, room
from backend.db.database import Database
from backend.db.failures import DatabaseUnusable
from backend.db.room import Free, Need, free_bytes

PREFIX = "before-upgrade-from"

GROWTH = 1.5
"""Disk space that an upgrade takes beside the copy, as a share of the database's size: rewritten tables are in the
write-ahead log and then in the file. benchmarks/store/upgrade.py measures 1.1."""

BYTES_OF_TABLES = """
SELECT coalesce(sum(pg_table_size(oid)), 0) FROM pg_class
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""


class CannotCopy(DatabaseUnusable):
    """The copy could not be written, so there is no upgrade."""


def check_room(database: Database, present: str, folder: Path, *, free: Free = free_bytes) -> None:
    """Check that there is room for the copy, and for the upgrade from revision `present`. Raises NoRoom."""
    what = f"The upgrade of the database {database.name} from revision {present} to {revisions.head()}"
    room.check(what, _needs(database, folder), free=free)


def make(database: Database, present: str, folder: Path) -> Path:
    """Copy a database of revision `present` and verify the copy.

    Raises CannotCopy, CannotDump, DatabaseDamaged, DatabaseUnusable, and then leaves no copy.
    """
    kind = "db" if database.file else "dump"
    copy = folder / f"{PREFIX}-{present}-{datetime.now(UTC):%Y%m%dT%H%M%S}.{kind}"
    try:
        folder.mkdir(exist_ok=True, parents=True)
        # Of processes that were killed while they copied.
        for unfinished in folder.glob(f"{PREFIX}-*.part"):
            unfinished.unlink()
        _copy(database, copy.with_suffix(".part"))
        return copy.with_suffix(".part").replace(copy)
    except OSError as error:
        raise CannotCopy(
            f"The database {database.name} is not upgraded, since no copy of it can be written to {folder}"
            f" ({error.strerror}): nothing was changed. Correct the folder, and start again."
        ) from error


def discard(database: Database, copy: Path) -> None:
    """Delete the copy made for an upgrade that failed and changed nothing: a process that is restarted again and again
    would fill the disk with copies. Raises DatabaseDamaged, and then keeps it."""
    if database.file:
        copies.check(database.file)
    copy.unlink()


def _copy(database: Database, to: Path) -> None:
    try:
        if database.file:
            copies.copy(database.file, to)
        else:
            dumps.dump(database, to)
            dumps.check(to)
    except BaseException:
        to.unlink(missing_ok=True)
        raise


def _needs(database: Database, folder: Path) -> list[Need]:
    if database.file is None:
        # The server's own disk cannot be seen from here. Compressed, a dump is smaller than the tables.
        return [Need(_scalar(database, BYTES_OF_TABLES), folder, f"a dump in {folder}")]
    size = _scalar(database, "PRAGMA page_count") * _scalar(database, "PRAGMA page_size")
    rewritten = Need(int(GROWTH * size), database.file.parent, f"rewritten tables in {database.file.parent}")
    return [Need(size, folder, f"a copy in {folder}"), rewritten]


def _scalar(database: Database, query: str) -> int:
    with database.read() as session:
        return int(session.connection().exec_driver_sql(query).scalar_one())
