"""Connections and transactions: `read()` and `write()` are the only doors to the data."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel import Session as Session  # services name it in their signatures

from backend.db.failures import DatabaseAway as DatabaseAway
from backend.db.failures import DatabaseBusy as DatabaseBusy
from backend.db.failures import DatabaseUnusable as DatabaseUnusable
from backend.db.failures import NumberTooLarge as NumberTooLarge
from backend.db.failures import TextRefused as TextRefused
from backend.db.postgres import Postgres
from backend.db.sqlite import Sqlite

BUSY_SECONDS = 30.0
"""How long a transaction waits for another writer before it gives up with DatabaseBusy."""

BRIEF_SECONDS = 2.0
"""How long one waits who has to be gone within 10 s when asked to, and tries again if not."""

PATIENT_SECONDS = 600.0
"""How long one waits behind which nobody waits: a trainer's epoch is worth more than the time."""


WRITERS = 8
"""How many of a process may write or wait for it. Each holds a connection, and SQLAlchemy's pool has fifteen: the rest
are for those that read."""

PLACE_SECONDS = 2.0
"""How long one waits for a place among them. Not as long as for the lock: who waits for a place holds a thread all the
same, of which the web process has forty for all requests."""


def file_of(url: str) -> Path | None:
    """The file that holds an SQLite database; it need not be there."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


class Database:
    """One per process; a forked child makes its own.

    A writing transaction is alone, on either kind of database, so that it may read, decide and write. Reading ones
    are never held up.
    """

    def __init__(self, url: str, *, busy_seconds: float = BUSY_SECONDS, away_seconds: float = 0.0) -> None:
        """`away_seconds`: how long a transaction waits, before it begins, for a server that does not answer."""
        self.url = url
        self.file = file_of(url)
        self._writers = threading.BoundedSemaphore(WRITERS)
        self._kind: Sqlite | Postgres = (
            Sqlite(self.file, busy_seconds=busy_seconds)
            if self.file
            else Postgres(make_url(url), busy_seconds=busy_seconds, away_seconds=away_seconds)
        )
        self.engine = self._kind.engine
        self.name = self._kind.name
        """What people may be told: the file, or the address without the password."""

    @classmethod
    def patient(cls, url: str) -> "Database":
        """For a run's trainer: what it has to say can wait, and must not be lost."""
        return cls(url, busy_seconds=PATIENT_SECONDS, away_seconds=PATIENT_SECONDS)

    @classmethod
    def brief(cls, url: str) -> "Database":
        """For a worker, which looks at other things as well and tries again."""
        return cls(url, busy_seconds=BRIEF_SECONDS)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view of the data; nothing in it is kept.

        Raises DatabaseBusy when all connections are in use, DatabaseAway, NumberTooLarge, DatabaseUnusable.
        """
        with self._failures_named(), self._kind.connect(writes=False) as connection, Session(connection) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction, committed at the end, rolled back by any exception.

        Raises DatabaseBusy when the write lock was not to be had or too many wait for it already, DatabaseAway,
        NumberTooLarge, TextRefused, DatabaseUnusable.
        """
        with (
            self._place(),
            self._failures_named(),
            self._kind.connect(writes=True) as connection,
            # The connection may be inside its transaction already: the session is to end it all the same.
            Session(connection, expire_on_commit=False, join_transaction_mode="control_fully") as session,
        ):
            yield session
            self._kind.tell(session)
            session.commit()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for whoever is alone in changing the tables. Raises DatabaseAway, DatabaseUnusable."""
        with self._failures_named(), self._kind.migrating() as connection:
            yield connection

    def detached(self) -> Connection:
        """A connection of the caller's own, for what is no transaction. Raises DatabaseAway, DatabaseUnusable."""
        with self._failures_named():
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        return connection

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Be one of those that write or wait for it. Raises DatabaseBusy."""
        if not self._writers.acquire(timeout=PLACE_SECONDS):
            raise DatabaseBusy(f"{WRITERS} others wait already to write into the database.")
        try:
            yield
        finally:
            self._writers.release()

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except OverflowError as error:
            if "SQLite INTEGER" in str(error):
                raise NumberTooLarge from error
            raise
        except UnicodeEncodeError as error:
            raise TextRefused from error
        except NoConnection as error:
            raise DatabaseBusy("All connections to the database are in use.") from error
        except DatabaseError as error:
            if named := self._kind.named(error):
                raise named from error
            raise
