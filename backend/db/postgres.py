"""PostgreSQL: a server for several hosts, with one writing transaction at a time.

Claims, fences and the order of events assume a single writer, as in SQLite. An advisory lock provides that here;
docs/decisions/0007-one-writer-on-postgresql.md says what it costs.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DatabaseError, DataError, OperationalError
from sqlalchemy.orm import Session

from backend.db.failures import DatabaseBusy, DatabaseUnreachable, DatabaseUnusable, NumberTooLarge, TextRefused
from backend.db.safe_text import read_json

CHANNEL = "skiplab"
"""The channel that commits are announced on; notifications stay within a database."""

APPLICATION = "skiplab"
"""`application_name` of Skiplab's connections."""

WRITING = 7_547_541
"""The key of the writers' advisory lock: an arbitrary number, the same in all processes."""

IDLE_SECONDS = 30
"""A writer idle for this long is suspended or disconnected; the server terminates it, since all others wait."""

RECONNECT_SECONDS = 0.5

LOST = ("08", "53300", "57P")
"""SQLSTATE prefixes of a server that is unreachable: connection errors, too many connections, shutdown."""

UNUSABLE = ("53", "58", "25006", "42501")
"""SQLSTATE prefixes that a retry cannot help: resources, system errors, read-only, insufficient privilege."""

NO_LOCK, TOO_LARGE = "55P03", "22003"

TAKE_LOCK = text(
    "SELECT set_config('lock_timeout', :wait, true),"
    " set_config('idle_in_transaction_session_timeout', :idle, true), pg_advisory_xact_lock(:key)"
)
"""One round trip. The settings apply to the transaction."""

CONNECTION = {
    "connect_timeout": 5,
    "application_name": APPLICATION,
    # A host that vanishes is detected within half a minute, like an expired lease.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class Postgres:
    def __init__(self, url: URL, *, busy_seconds: float, away_seconds: float) -> None:
        """`away_seconds`: how long to wait for a server that does not respond."""
        self.name = without_password(url).render_as_string()
        self._busy_seconds, self._away_seconds = busy_seconds, away_seconds
        self.engine = _engine(url)

    def connect(self, *, writes: bool) -> Connection:
        """Return a connection inside a transaction: a reader's has one snapshot, a writer's holds the lock."""
        deadline = time.monotonic() + self._away_seconds
        while True:
            try:
                return self._begun(writes=writes)
            except OperationalError as error:
                if not _is_away(error) or time.monotonic() >= deadline:
                    raise
            # Nothing was executed yet, so a retry is safe.
            time.sleep(RECONNECT_SECONDS)  # a restarted server sends no notification

    def notify(self, session: Session) -> None:
        """Notify listeners; the server delivers it with the commit."""
        session.connection().exec_driver_sql(f"NOTIFY {CHANNEL}")

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Open a connection that excludes all other writers, inside a transaction that is committed at the end."""
        with self.engine.begin() as connection:
            # Without a timeout: the current holder may be making a backup before its upgrade.
            _take_lock(connection, seconds=0, idle_seconds=0)
            yield connection

    def translated(self, error: DatabaseError) -> Exception | None:
        """Return the error as one of `failures`; None if it is none of them."""
        message, state = " ".join(str(error.orig).split()), _state(error)
        if _is_away(error):
            return DatabaseUnreachable(f"The database {self.name} does not respond: {message}.")
        if state == NO_LOCK:
            return DatabaseBusy(f"The database was locked by another process for {self._busy_seconds:g} s.")
        if state == TOO_LARGE:
            return NumberTooLarge()
        if isinstance(error, DataError) and "NUL" in message:
            return TextRefused()
        if state.startswith(UNUSABLE):
            return DatabaseUnusable(f"The database {self.name} cannot be used: {message}.")
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
    """Return the URL without its password, for logs and process arguments, which others can read."""
    return URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)


def _engine(url: URL) -> Engine:
    # READ COMMITTED: a writer that waited for the lock must see what was committed in the meantime.
    # pool_pre_ping: a connection broken by a server restart is replaced before use.
    return create_engine(
        url,
        connect_args=CONNECTION,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        json_deserializer=read_json,
    )


def _take_lock(connection: Connection, *, seconds: float, idle_seconds: float) -> None:
    """Take the lock until the end of the transaction. Zero seconds: no timeout."""
    connection.execute(TAKE_LOCK, {"wait": f"{seconds:g}s", "idle": f"{idle_seconds:g}s", "key": WRITING})


def _is_away(error: DatabaseError) -> bool:
    lost = isinstance(error, OperationalError) and (_state(error) == "" or _state(error).startswith(LOST))
    return lost or error.connection_invalidated


def _state(error: DatabaseError) -> str:
    """SQLSTATE; empty if the server was not reached."""
    return getattr(error.orig, "sqlstate", None) or ""
