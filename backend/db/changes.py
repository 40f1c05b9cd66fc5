"""Notice that another connection has committed, for next to nothing."""

import select
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from backend.db.database import Database
from backend.db.postgres import CHANNEL

POLL_SECONDS = 1.0
"""PostgreSQL's word may be lost, with a connection that died unseen; a look this often stands behind it."""


class ChangeSignal(Protocol):
    def changed(self) -> bool:
        """Whether somebody committed since the last call; a server may be said to have changed when it has not."""
        ...

    def close(self) -> None: ...


def change_signal(database: Database) -> ChangeSignal:
    """Raises DatabaseAway."""
    if database.file is not None:
        return FileSignal(database.file)
    return ServerSignal(database)


class FileSignal:
    """SQLite's `data_version`: about 5 microseconds a look, and it moves with every commit of anyone else.

    On a connection of its own that is never inside a transaction: within one the number stands still.
    """

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._seen = self._version()

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
        self._clock = clock
        self._connection = database.detached()
        self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        self._driver: Any = self._connection.connection.dbapi_connection
        self._looked = clock()

    def changed(self) -> bool:
        now = self._clock()
        if not self._heard() and now - self._looked < POLL_SECONDS:
            return False
        self._looked = now
        return True

    def close(self) -> None:
        self._connection.close()

    def _heard(self) -> bool:
        """Raises psycopg's OperationalError when the connection is gone."""
        if not select.select([self._driver.fileno()], [], [], 0)[0]:
            return False
        return bool(list(self._driver.notifies(timeout=0)))
