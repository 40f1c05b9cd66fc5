"""Connections and transactions: `read()` and `write()` are the only doors to the data."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session as Session  # services name it in their signatures

BUSY_SECONDS = 30.0
"""How long a transaction waits for another writer before it gives up with DatabaseBusy."""

UNUSABLE = (
    "database or disk is full",
    "disk I/O error",
    "unable to open database file",
    "readonly database",
    "file is not a database",
    "disk image is malformed",
)
"""What SQLite says where neither trying again nor another statement would help."""

PATIENT_SECONDS = 600.0
"""How long one waits behind which nobody waits: a trainer's epoch is worth more than the time."""


class DatabaseBusy(Exception):
    """Another process has held the write lock for longer than a transaction waits."""


class NumberTooLarge(Exception):
    """A number does not fit into the 64 bits that the database has for one."""


class DatabaseUnusable(Exception):
    """The disk is full or failing, or the file is damaged, locked away or no database at all."""


def file_of(url: str) -> Path | None:
    """The file that holds an SQLite database; it need not be there."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


class Database:
    """One per process; a forked child makes its own.

    Writing transactions take the write lock at once (BEGIN IMMEDIATE): one that read first and then wanted the lock
    could only fail, however long it waited.
    """

    def __init__(self, url: str, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.url, self._busy_seconds = url, busy_seconds
        parsed = make_url(url)
        self.file = file_of(url)
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        self.engine = create_engine(parsed, connect_args=self._connect_args())
        if self.file:
            event.listen(self.engine, "connect", _set_pragmas)
            event.listen(self.engine, "begin", _begin)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view of the data; nothing in it is kept. Raises NumberTooLarge, DatabaseUnusable."""
        with self._failures_named(), self.engine.connect() as connection, Session(connection) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction, committed at the end, rolled back by any exception.

        Raises DatabaseBusy when the write lock was not to be had, NumberTooLarge, DatabaseUnusable.
        """
        with (
            self._failures_named(),
            self.engine.connect().execution_options(writes=True) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            session.commit()

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except OverflowError as error:
            if "SQLite INTEGER" in str(error):
                raise NumberTooLarge("A number is too large: the database holds whole numbers below 2^63.") from error
            raise
        except DatabaseError as error:
            said = str(error.orig)
            if "database is locked" in said:
                raise DatabaseBusy(
                    f"The database was locked by another process for {self._busy_seconds:g} s."
                ) from error
            if any(each in said for each in UNUSABLE):
                raise DatabaseUnusable(f"The database {self.file or self.url} cannot be used: {said}.") from error
            raise

    def _connect_args(self) -> dict[str, Any]:
        # isolation_level None: sqlite3 must not begin transactions of its own accord, `_begin` does.
        return {"isolation_level": None, "timeout": self._busy_seconds, "check_same_thread": False} if self.file else {}


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    # In WAL mode NORMAL keeps the database sound through a crash of any process; only power loss can cost commits.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
