"""Connections and transactions: `read()` and `write()` are the only ways to access the data."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel import Session as Session  # services name it in their signatures

from backend.db.failures import DatabaseBusy as DatabaseBusy
from backend.db.failures import DatabaseUnreachable as DatabaseUnreachable
from backend.db.failures import DatabaseUnusable as DatabaseUnusable
from backend.db.failures import NumberTooLarge as NumberTooLarge
from backend.db.failures import TextRefused as TextRefused
from backend.db.postgres import Postgres
from backend.db.sqlite import Sqlite
from backend.db.urls import file_of

BUSY_SECONDS = 30.0
"""Lock timeout of a transaction, after which it raises DatabaseBusy."""

BRIEF_SECONDS = 2.0
"""Lock timeout for processes that must exit within 10 s of a request and otherwise retry."""

PATIENT_SECONDS = 600.0
"""Lock timeout for a trainer, which nobody waits for: an epoch's results are worth more than the time."""


WRITERS = 8
"""Writer slots of a process: transactions that write or wait for the lock. Each holds a connection, and SQLAlchemy's
pool has fifteen: the rest are for readers."""

WRITER_SLOT_SECONDS = 2.0
"""Timeout for a writer slot. Shorter than the lock timeout, since waiting blocks one of the web process's 40 request
threads."""


class Database:
    """The database of a process; a forked child creates its own.

    Writing transactions are serialised on both kinds of database, so that one may read, decide and write. Readers are
    never blocked.
    """

    def __init__(self, url: str, *, busy_seconds: float = BUSY_SECONDS, away_seconds: float = 0.0) -> None:
        """`away_seconds`: how long a transaction waits at its start for a server that does not respond."""
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
        """For messages: the file, or the URL without the password."""

    @classmethod
    def patient(cls, url: str) -> "Database":
        """Return a database for a trainer, whose writes can wait but must not be lost."""
        return cls(url, busy_seconds=PATIENT_SECONDS, away_seconds=PATIENT_SECONDS)

    @classmethod
    def brief(cls, url: str) -> "Database":
        """Return a database for a worker, which must stay responsive and retries."""
        return cls(url, busy_seconds=BRIEF_SECONDS)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a read-only transaction on one consistent snapshot.

        Raises DatabaseBusy if all connections are in use, DatabaseUnreachable, NumberTooLarge, DatabaseUnusable.
        """
        with self._translated_errors(), self._kind.connect(writes=False) as connection, Session(connection) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a writing transaction: committed at the end, rolled back by any exception.

        Raises DatabaseBusy if the write lock or a writer slot is not available in time, DatabaseUnreachable,
        NumberTooLarge, TextRefused, DatabaseUnusable.
        """
        with (
            self._writer_slot(),
            self._translated_errors(),
            self._kind.connect(writes=True) as connection,
            # The connection may already be inside its transaction; the session must end it nevertheless.
            Session(connection, expire_on_commit=False, join_transaction_mode="control_fully") as session,
        ):
            yield session
            self._kind.notify(session)
            session.commit()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Open a connection for migrations under an exclusive lock. Raises DatabaseUnreachable, DatabaseUnusable."""
        with self._translated_errors(), self._kind.migrating() as connection:
            yield connection

    def detached(self) -> Connection:
        """Return an autocommit connection owned by the caller. Raises DatabaseUnreachable, DatabaseUnusable."""
        with self._translated_errors():
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        return connection

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _writer_slot(self) -> Iterator[None]:
        """Take a writer slot. Raises DatabaseBusy."""
        if not self._writers.acquire(timeout=WRITER_SLOT_SECONDS):
            raise DatabaseBusy(f"{WRITERS} other requests are already waiting to write to the database.")
        try:
            yield
        finally:
            self._writers.release()

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
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
            if translated := self._kind.translated(error):
                raise translated from error
            raise
