"""Detect commits of other connections cheaply."""

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
"""NOTIFY can be lost with a dead connection; poll this often as a fallback."""


class CommitSignal(Protocol):
    """Not open at first: connecting to a server may take long or fail."""

    def open(self) -> None:
        """Start watching: no later commit is missed. Raises DatabaseUnreachable, DatabaseUnusable."""

    def changed(self) -> bool:
        """Return whether there may have been a commit since the last call; false positives are possible."""
        ...

    def close(self) -> None:
        """Close the connection; safe to call from another thread during `open`."""


def commit_signal(database: Database) -> CommitSignal:
    return ServerSignal(database) if database.file is None else FileSignal(database.file)


class FileSignal:
    """SQLite's `data_version`, which changes with every commit of another connection; a check takes about 5 us.

    On a dedicated connection that is never inside a transaction, within which the number does not change.
    """

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._seen = self._version()

    def open(self) -> None:
        """Nothing to do: the file is opened in `__init__`."""

    def changed(self) -> bool:
        before, self._seen = self._seen, self._version()
        return self._seen != before

    def close(self) -> None:
        self._connection.close()

    def _version(self) -> int:
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)


class ServerSignal:
    """PostgreSQL's LISTEN on a dedicated connection; a check of its idle socket takes some microseconds."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._opening = threading.Lock()
        self._closed = False
        self._connection: Connection | None = None
        self._polled = clock()

    def open(self) -> None:
        with self._opening:
            if not self._closed:
                self._connection = self._database.detached()
                self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")

    def changed(self) -> bool:
        now = self._clock()
        if not self._notified() and now - self._polled < POLL_SECONDS:
            return False
        self._polled = now
        return True

    def close(self) -> None:
        with self._opening:
            self._closed = True
            if self._connection is not None:
                self._connection.close()

    def _notified(self) -> bool:
        """Raises psycopg's OperationalError when the connection is gone."""
        assert self._connection is not None, "open it first"
        driver: Any = self._connection.connection.dbapi_connection
        return bool(select.select([driver.fileno()], [], [], 0)[0] and list(driver.notifies(timeout=0)))
