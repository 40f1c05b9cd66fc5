"""Keep the catalogue up to date: publish when a worker starts, a plugin changes, or a data set is added or removed.

Work that needs torch runs in separate processes, since torch must not be imported before the pool is forked.
"""

import logging
import math
import subprocess
import sys
import threading
import time
from pathlib import Path

from backend.db import catalog, versions
from backend.db.database import Database
from skiplab.contract import dataset_store, places
from worker.plugins.source import stamp
from worker.settings import WorkerSettings

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""Interval at which the folders of plugins and data sets are compared with what was published."""

FAILED_SECONDS = 30.0
"""Delay before the next poll after a failure, which would most likely repeat."""

TEMPORARY_FAILURE = 75
"""Exit status of an inspection in which something failed that may succeed later; EX_TEMPFAIL of sysexits.h."""

RETRY_SECONDS = 600.0
"""Delay before such an inspection is retried."""


class CatalogWatcher:
    """Watches plugins and data sets, and publishes changes."""

    _plugins: dict[str, tuple[int, int]] | None
    """State of the plugins at their last inspection; None if that failed."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._plugins, self._datasets = stamp(settings.home), datasets_stamp(settings.home)
        self._hashed = False
        self._inspecting: subprocess.Popen[bytes] | None = None
        self._retry_at = math.inf  # monotonic

    def follow(self, gone: threading.Event) -> None:
        """Publish everything, then poll for changes until `gone` is set.

        At most one process inspects plugins, which may take minutes.
        """
        # One process for all: importing torch takes seconds. Built-in networks are published first.
        self._inspecting = _begun("announce", "--force")
        database = Database(self._settings.database)
        pause = POLL_SECONDS
        while not gone.wait(pause):
            pause = POLL_SECONDS
            try:
                done = self._poll(database)
            except Exception:
                # The thread's edge: a database that is unavailable for a while must not end the polling.
                log.exception("checking for changes of plugins and data sets failed")
                done = False
            if not done:
                pause = FAILED_SECONDS
        database.close()
        if self._inspecting is not None:
            self._inspecting.kill()
            self._inspecting.wait()

    def _poll(self, database: Database) -> bool:
        """Check for changes once; return whether nothing failed."""
        home = self._settings.home
        inspected = self._inspect_plugins()
        if (datasets := datasets_stamp(home)) != self._datasets:
            self._datasets = datasets
            _announce_datasets(database, home)
            return True
        if not self._hashed:
            self._hashed = not dataset_store.unhashed(home) or _begun("hash").wait() == 0
            return self._hashed
        return inspected

    def _inspect_plugins(self) -> bool:
        """Start an inspection if a plugin has changed; return False if the previous one has just failed.

        Changes during an inspection are noticed after it.
        """
        ended = self._inspecting.poll() if self._inspecting is not None else 0
        if ended is None:
            return True
        if ended == TEMPORARY_FAILURE and self._inspecting is not None:
            self._retry_at = time.monotonic() + RETRY_SECONDS
        self._inspecting = None
        if ended not in (0, TEMPORARY_FAILURE):
            self._plugins = None  # retry later
            return False
        if (plugins := stamp(self._settings.home)) != self._plugins or time.monotonic() >= self._retry_at:
            self._plugins, self._retry_at = plugins, math.inf
            self._inspecting = _begun("announce", "--plugins")
        return True


def datasets_stamp(home: Path) -> dict[str, int]:
    """Return a value that changes when a data set is added, removed or replaced. Dot folders are incomplete."""
    stamps = {}
    for card in places.datasets(home).glob("[!.]*/card.json"):
        try:
            stamps[card.parent.name] = card.stat().st_mtime_ns
        except FileNotFoundError:
            continue  # removed since glob() found it
    return stamps


def _announce_datasets(database: Database, home: Path) -> None:
    """Publish data sets in this process: only cards are read."""
    # Imports numpy, so only after the pool has been forked.
    from worker.datasets import all_versions, cards

    with database.write() as session:
        # Lock before reading: cards read earlier would bring back a version that is deleted meanwhile.
        versions.hold(session)
        for card in all_versions(home):
            versions.announced(session, card)
        catalog.announce_datasets(session, cards(home))


def _begun(*command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "worker", *command])
