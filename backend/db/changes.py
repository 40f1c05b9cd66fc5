"""Notice that another connection has committed, for next to nothing."""

import select
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection

from backend.db.database import Database
from backend.db.postgres import CHANNEL

POLL_SECONDS = 1.0
"""PostgreSQL's word may be lost, with a connection that died unseen; a look this often stands behind it."""


class ChangeSignal(Protocol):
    """Not open yet: a server may take its time to answer, or not answer."""

    def open(self) -> None:
        """From here on nothing is missed. Raises DatabaseAway, DatabaseUnusable."""

    def changed(self) -> bool:
        """Whether somebody committed since the last call; it may say so where nobody has."""
        ...

    def close(self) -> None:
        """May come from another thread while `open` is at it; nothing stays open then either."""


def change_signal(database: Database) -> ChangeSignal:
    return ServerSignal(database) if database.file is None else FileSignal(database.file)


class FileSignal:
    """SQLite's `data_version`: about 5 microseconds a look, and it moves with every commit of anyone else.

    On a connection of its own that is never inside a transaction: within one the number stands still.
    """

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._seen = self._version()

    def open(self) -> None:
        """It is."""

    def changed(self) -> bool:
        before, self._seen = self._seen, self._version()
        return self._seen != before

    def close(self) -> None:
        self._connection.close()

    def _version(self) -> int:
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)


class ServerSignal:
    """PostgreSQL's LISTEN, on a connection of its own: while all is quiet, a look at its socket, some microseconds."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._opening = threading.Lock()
        self._closed = False
        self._connection: Connection | None = None
        self._looked = clock()

    def open(self) -> None:
        with self._opening:
            if not self._closed:
                self._connection = self._database.detached()
                self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")

    def changed(self) -> bool:
        now = self._clock()
        if not self._heard() and now - self._looked < POLL_SECONDS:
            return False
        self._looked = now
        return True

    def close(self) -> None:
        with self._opening:
            self._closed = True
            if self._connection is not None:
                self._connection.close()

    def _heard(self) -> bool:
        """Raises psycopg's OperationalError when the connection is gone."""
        assert self._connection is not None, "open it first"
        driver: Any = self._connection.connection.dbapi_connection
        return bool(select.select([driver.fileno()], [], [], 0)[0] and list(driver.notifies(timeout=0)))
