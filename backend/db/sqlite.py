"""SQLite: one file, which one process at a time writes into."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from backend.db.failures import DatabaseBusy, DatabaseUnusable
from backend.db.whole_texts import read_json

UNUSABLE = (
    "database or disk is full",
    "disk I/O error",
    "unable to open database file",
    "readonly database",
    "file is not a database",
    "disk image is malformed",
)
"""What SQLite says where neither trying again nor another statement would help."""


class Sqlite:
    """Writing transactions take the write lock at once (BEGIN IMMEDIATE): one that read first and then wanted the lock
    could only fail, however long it waited.
    """

    def __init__(self, file: Path, *, busy_seconds: float) -> None:
        self.name = str(file)
        self._file, self._busy_seconds = file, busy_seconds
        # Where it cannot be made, opening the file says so.
        with suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.engine = _engine(file, busy_seconds)

    def connect(self, *, writes: bool) -> Connection:
        """The transaction begins with the first statement."""
        return self.engine.connect().execution_options(writes=writes)

    def tell(self, _session: Session) -> None:
        """Whoever waits for a commit looks at the file."""

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for whoever is alone in changing the tables."""
        with FileLock(f"{self._file}.migrate.lock"), self.engine.connect() as connection:
            yield connection

    def named(self, error: DatabaseError) -> Exception | None:
        """The failure by its name, where it has one."""
        said = str(error.orig)
        if "database is locked" in said:
            return DatabaseBusy(f"The database was locked by another process for {self._busy_seconds:g} s.")
        if any(each in said for each in UNUSABLE):
            return DatabaseUnusable(f"The database {self.name} cannot be used: {said}.")
        return None


def _engine(file: Path, busy_seconds: float) -> Engine:
    # isolation_level None: sqlite3 must not begin transactions of its own accord, `_begin` does.
    arguments = {"isolation_level": None, "timeout": busy_seconds, "check_same_thread": False}
    engine = create_engine(
        URL.create("sqlite", database=str(file)), connect_args=arguments, json_deserializer=read_json
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    # In WAL mode NORMAL keeps the database sound through a crash of any process; only power loss can cost commits.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
