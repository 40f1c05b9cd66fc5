"""Keeps the catalogue true: announces when a worker starts, a plugin changes, or a data set comes or goes.

What needs torch is done in processes of its own: it must not be loaded before the pool is forked.
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
from skiplab.contract import places, shelf
from worker.plugins.source import stamp
from worker.settings import WorkerSettings

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""How often the folders of plugins and data sets are compared with what was announced."""

FAILED_SECONDS = 30.0
"""How long until the next poll after an announcing process has failed: it would most likely fail again."""

TEMPORARY_FAILURE = 75
"""Exit status of an inspection in which something failed that may succeed later; EX_TEMPFAIL of sysexits.h."""

RETRY_SECONDS = 600.0
"""How long until such an inspection is tried again."""


class CatalogWatcher:
    _plugins: dict[str, tuple[int, int]] | None
    """As they were when they were last inspected; None: that failed."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._plugins, self._datasets = stamp(settings.home), datasets_stamp(settings.home)
        self._hashed = False
        self._first: subprocess.Popen[bytes] | None = None
        self._inspecting: subprocess.Popen[bytes] | None = None
        self._retry_at = math.inf  # monotonic

    def start(self) -> None:
        """Announce everything; does not wait."""
        self._plugins, self._datasets = stamp(self._settings.home), datasets_stamp(self._settings.home)
        self._first = _begun("announce", "--own")

    def follow(self, gone: threading.Event) -> None:
        """Poll for changes until the worker is gone. One announcing process at a time, and one beside it that inspects
        plugins, which may take minutes."""
        if self._first is not None:
            self._first.wait()
        self._inspecting = _begun("announce", "--plugins", "--anew")
        database = Database(self._settings.database)
        pause = POLL_SECONDS
        while not gone.wait(pause):
            pause = POLL_SECONDS
            try:
                done = self._poll(database)
            except Exception:
                # The thread's edge: a database that is away for a while must not end the polling for good.
                log.exception("could not check what there is to announce")
                done = False
            if not done:
                pause = FAILED_SECONDS
        database.close()
        if self._inspecting is not None:
            self._inspecting.kill()
            self._inspecting.wait()

    def _poll(self, database: Database) -> bool:
        """Whether all that was to be done was done."""
        home = self._settings.home
        inspected = self._inspect_plugins()
        if (datasets := datasets_stamp(home)) != self._datasets:
            self._datasets = datasets
            _announce_datasets(database, home)
            return True
        if not self._hashed:
            self._hashed = not shelf.unhashed(home) or _begun("hash").wait() == 0
            return self._hashed
        return inspected

    def _inspect_plugins(self) -> bool:
        """Have them inspected when one has changed; whether the inspection before went well, where it has just ended.
        What changes while one is under way is noticed by itself."""
        ended = self._inspecting.poll() if self._inspecting is not None else 0
        if ended is None:
            return True
        if ended == TEMPORARY_FAILURE and self._inspecting is not None:
            self._retry_at = time.monotonic() + RETRY_SECONDS
        self._inspecting = None
        if ended not in (0, TEMPORARY_FAILURE):
            self._plugins = None  # once more, after a while
            return False
        if (plugins := stamp(self._settings.home)) != self._plugins or time.monotonic() >= self._retry_at:
            self._plugins, self._retry_at = plugins, math.inf
            self._inspecting = _begun("announce", "--plugins")
        return True


def datasets_stamp(home: Path) -> dict[str, int]:
    """Differs when a data set came, went or was made anew. What begins with a dot is not whole."""
    stamps = {}
    for card in places.datasets(home).glob("[!.]*/card.json"):
        try:
            stamps[card.parent.name] = card.stat().st_mtime_ns
        except FileNotFoundError:
            continue  # gone between the two looks
    return stamps


def _announce_datasets(database: Database, home: Path) -> None:
    """Only cards are read for it: no process of its own is needed."""
    # numpy, too, only after the pool has been forked
    from worker.datasets import all_versions, cards

    with database.write() as session:
        # An older reading would announce again what is deleted just now.
        versions.hold(session)
        for card in all_versions(home):
            versions.announced(session, card)
        catalog.announce_datasets(session, cards(home))


def _begun(*command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "worker", *command])
