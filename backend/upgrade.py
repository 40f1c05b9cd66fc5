"""The upgrade of the database by the web process, which meanwhile answers health checks only."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from backend.db.copies import DatabaseDamaged
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.db.dumps import CannotDump
from backend.db.migration import is_older, migrate
from backend.db.progress import Progress, UpgradeStep, UpgradeStopped
from backend.db.revisions import NewerDatabase

log = logging.getLogger(__name__)

NAMED = (CannotDump, DatabaseBusy, DatabaseDamaged, DatabaseUnusable, NewerDatabase, UpgradeStopped)
"""Failures whose message says all; of others the traceback is logged."""


class Upgrade:
    """Runs in a thread, while the event loop serves."""

    def __init__(self, *, copies_in: Path, afterwards: Callable[[], None] = lambda: None) -> None:
        """`copies_in`: the folder for the copy made before. `afterwards` is called once the database is current."""
        self._copies_in, self._afterwards = copies_in, afterwards
        self._progress: Progress | None = None
        self._on_failure: Callable[[], None] = lambda: None
        self.failure: Exception | None = None

    @property
    def step(self) -> UpgradeStep | None:
        """Return what it is doing; None before and after it."""
        return None if self._progress is None else self._progress.step

    def on_failure(self, call: Callable[[], None]) -> None:
        """Set what ends the process when the upgrade fails."""
        self._on_failure = call

    async def start(self, database: Database) -> asyncio.Task[None]:
        """Start it. Returns at once if it may take long, otherwise when it has ended: requests are refused only while
        data is converted, not while tables are created. Raises what `migrate` raises."""
        takes_long = await asyncio.to_thread(is_older, database)
        self._progress = Progress()
        task = asyncio.create_task(self._run(database, self._progress))
        if not takes_long:
            await task
        return task

    def stop(self) -> None:
        """Roll back at the next opportunity, if it runs."""
        if self._progress is not None:
            self._progress.stop()

    async def _run(self, database: Database, progress: Progress) -> None:
        try:
            await asyncio.to_thread(migrate, database, copies_in=self._copies_in, progress=progress)
            await asyncio.to_thread(self._afterwards)
        except Exception as error:
            # The edge of the process, which ends: without the database it cannot serve.
            if not isinstance(error, NAMED):
                log.exception("the upgrade of the database failed")
            self.failure = error
            self._on_failure()
            raise
        self._progress = None
