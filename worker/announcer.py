"""Keeps what the lab offers true: starts the announcing processes when a worker starts, a plugin changes, or somebody
asks for a network's numbers.

They are processes of their own: they import torch, which must not be loaded before the pool is forked.
"""

import logging
import subprocess
import sys
import threading

from backend.db import catalog
from backend.db.database import Database
from worker.plugins.source import stamp
from worker.settings import WorkerSettings

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0

FAILED_SECONDS = 30.0
"""After an announcing process has failed, how long until the next look: it would most likely fail again."""


class Announcer:
    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._seen = stamp(settings.home)
        self._first: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Announce everything; does not wait."""
        self._seen = stamp(self._settings.home)
        self._first = _begun("announce")

    def follow(self, gone: threading.Event) -> None:
        """Look for changes until the worker is gone. One announcing process at a time."""
        if self._first is not None:
            self._first.wait()
        database = Database(self._settings.database)
        pause = LOOK_SECONDS
        while not gone.wait(pause):
            pause = LOOK_SECONDS
            try:
                done = self._look(database)
            except Exception:
                # The thread's edge: a database that is away for a while must not end the looking for good.
                log.exception("could not look for what to announce")
                done = False
            if not done:
                pause = FAILED_SECONDS
        database.close()

    def _look(self, database: Database) -> bool:
        """Whether all that was to be done was done."""
        now = stamp(self._settings.home)
        if now != self._seen:
            self._seen = now
            return _begun("announce", "--plugins").wait() == 0
        with database.read() as session:
            asked = bool(catalog.wanted(session))
        return _begun("measure").wait() == 0 if asked else True


def _begun(*command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "worker", *command])
