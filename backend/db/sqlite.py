"""SQLite: one file with one writer at a time."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from backend.db.failures import DatabaseBusy, DatabaseUnusable
from backend.db.safe_text import read_json

UNUSABLE = (
    "database or disk is full",
    "disk I/O error",
    "unable to open database file",
    "readonly database",
    "file is not a database",
    "disk image is malformed",
)
"""Messages of errors that a retry cannot help."""

LOG_BYTES = 64 << 20
"""Size that the write-ahead log is truncated to once its contents are in the file."""


class Sqlite:
    """Writing transactions take the write lock at their start (BEGIN IMMEDIATE): upgrading a read transaction fails
    with SQLITE_BUSY at once if another writer committed in between.
    """

    def __init__(self, file: Path, *, busy_seconds: float) -> None:
        self.name = str(file)
        self._file, self._busy_seconds = file, busy_seconds
        # If it cannot be created, opening the file reports the error.
        with suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.engine = _engine(file, busy_seconds)

    def connect(self, *, writes: bool) -> Connection:
        """Return a connection whose transaction begins with its first statement."""
        return self.engine.connect().execution_options(writes=writes)

    def notify(self, _session: Session) -> None:
        """Nothing to do: waiting processes poll the file's `data_version`."""

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Open a connection that excludes all other writers, inside a transaction that is committed at the end."""
        # The file lock is waited for without a timeout: its holder may be making a copy before its upgrade.
        with FileLock(f"{self._file}.migrate.lock"), self.connect(writes=True) as connection, connection.begin():
            yield connection

    def translated(self, error: DatabaseError) -> Exception | None:
        """Return the error as one of `failures`; None if it is none of them."""
        message = str(error.orig)
        if "database is locked" in message:
            return DatabaseBusy(f"The database was locked by another process for {self._busy_seconds:g} s.")
        if any(each in message for each in UNUSABLE):
            return DatabaseUnusable(f"The database {self.name} cannot be used: {message}.")
        return None


def _engine(file: Path, busy_seconds: float) -> Engine:
    # isolation_level None: `_begin` starts transactions, not the sqlite3 module.
    arguments = {"isolation_level": None, "timeout": busy_seconds, "check_same_thread": False}
    engine = create_engine(
        URL.create("sqlite", database=str(file)), connect_args=arguments, json_deserializer=read_json
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    # In WAL mode NORMAL survives process crashes; only a power loss can lose recent commits.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    # After a large transaction, such as an upgrade, the log is truncated to this instead of keeping its size.
    connection.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
