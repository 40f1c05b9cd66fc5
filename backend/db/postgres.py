"""PostgreSQL: a server that many hosts write to, one transaction at a time.

The lab's rules (a claim, a fence, an event's place in the stream) are written for one writer at a time, as SQLite has
it. Here an advisory lock sees to that; docs/decisions/0007-one-writer-on-postgresql.md says what it costs.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DatabaseError, DataError, OperationalError
from sqlalchemy.orm import Session

from backend.db.failures import DatabaseAway, DatabaseBusy, DatabaseUnusable, NumberTooLarge, TextRefused
from backend.db.whole_texts import read_json

CHANNEL = "skiplab"
"""Where commits are announced: LISTEN hears of those in its own database."""

APPLICATION = "skiplab"
"""What the lab's connections are called in the server's lists."""

WRITING = 7_547_541
"""The key of the writers' advisory lock. Any number does, as long as all of the lab's processes know the same."""

IDLE_SECONDS = 30
"""A writer that says nothing for so long is stopped or cut off from the network; the server ends it, for all wait."""

RECONNECT_SECONDS = 0.5

LOST = ("08", "53300", "57P")
"""Beginnings of the SQLSTATE where the server has gone, goes or comes: connection, too many of them, shutdown."""

UNUSABLE = ("53", "58", "25006", "42501")
"""Those where neither trying again nor another statement would help: resources, system, read-only, no right."""

NO_LOCK, TOO_LARGE = "55P03", "22003"

TAKE_LOCK = text(
    "SELECT set_config('lock_timeout', :wait, true),"
    " set_config('idle_in_transaction_session_timeout', :idle, true), pg_advisory_xact_lock(:key)"
)
"""One way to the server and back. The limits hold for the transaction."""

CONNECTION = {
    "connect_timeout": 5,
    "application_name": APPLICATION,
    # A host that vanishes without a word is noticed within half a minute, as a worker's lease is.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class Postgres:
    def __init__(self, url: URL, *, busy_seconds: float, away_seconds: float) -> None:
        """`away_seconds`: how long to wait for a server that does not answer."""
        self.name = without_password(url).render_as_string()
        self._busy_seconds, self._away_seconds = busy_seconds, away_seconds
        self.engine = _engine(url)

    def connect(self, *, writes: bool) -> Connection:
        """Inside a transaction: a reader's sees one moment of the data throughout, a writer's holds the lock."""
        deadline = time.monotonic() + self._away_seconds
        while True:
            try:
                return self._begun(writes=writes)
            except OperationalError as error:
                if not _is_away(error) or time.monotonic() >= deadline:
                    raise
            # Nothing was done yet, so that it can be done again.
            time.sleep(RECONNECT_SECONDS)  # a server that comes back notifies nobody

    def tell(self, session: Session) -> None:
        """Wake up whoever waits for a commit; the server passes it on with the commit."""
        session.connection().exec_driver_sql(f"NOTIFY {CHANNEL}")

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for whoever is alone in changing the tables, and in writing at all, inside a transaction that
        is committed at the end."""
        with self.engine.begin() as connection:
            # However long that takes: before an upgrade, the one who is at it keeps a copy.
            _take_lock(connection, seconds=0, idle_seconds=0)
            yield connection

    def named(self, error: DatabaseError) -> Exception | None:
        """The failure by its name, where it has one."""
        said, state = " ".join(str(error.orig).split()), _state(error)
        if _is_away(error):
            return DatabaseAway(f"The database {self.name} does not answer: {said}.")
        if state == NO_LOCK:
            return DatabaseBusy(f"The database was locked by another process for {self._busy_seconds:g} s.")
        if state == TOO_LARGE:
            return NumberTooLarge()
        if isinstance(error, DataError) and "NUL" in said:
            return TextRefused()
        if state.startswith(UNUSABLE):
            return DatabaseUnusable(f"The database {self.name} cannot be used: {said}.")
        return None

    def _begun(self, *, writes: bool) -> Connection:
        connection = self.engine.connect().execution_options(writes=writes)
        try:
            if writes:
                _take_lock(connection, seconds=self._busy_seconds, idle_seconds=IDLE_SECONDS)
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        except BaseException:
            connection.close()
            raise
        return connection


def without_password(url: URL) -> URL:
    """For logs, and for lists of processes, which are for everybody to see."""
    return URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)


def _engine(url: URL) -> Engine:
    # READ COMMITTED: a writer that has waited for the lock must see what was committed meanwhile.
    # pool_pre_ping: a connection that did not outlive a restart of the server is replaced before it is used.
    return create_engine(
        url,
        connect_args=CONNECTION,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        json_deserializer=read_json,
    )


def _take_lock(connection: Connection, *, seconds: float, idle_seconds: float) -> None:
    """Until the transaction's end. Zero seconds: no limit."""
    connection.execute(TAKE_LOCK, {"wait": f"{seconds:g}s", "idle": f"{idle_seconds:g}s", "key": WRITING})


def _is_away(error: DatabaseError) -> bool:
    lost = isinstance(error, OperationalError) and (_state(error) == "" or _state(error).startswith(LOST))
    return lost or error.connection_invalidated


def _state(error: DatabaseError) -> str:
    """SQLSTATE; empty where the server was not reached."""
    return getattr(error.orig, "sqlstate", None) or ""
