"""How far an upgrade of the database is: set by the thread that upgrades, read by others, logged every few seconds."""

import logging
import time
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    # Importing Alembic takes longer than everything else that a start does to the database.
    from alembic.runtime.migration import MigrationContext

log = logging.getLogger(__name__)

LOG_SECONDS = 5.0

ATTRIBUTE = "progress"
"""Attribute of Alembic's config that holds the progress."""


class UpgradeStopped(Exception):
    """The process is ending: the upgrade was rolled back, and starts again with the next process."""

    def __init__(self) -> None:
        super().__init__("The upgrade of the database was stopped and rolled back; the next start repeats it.")


class UpgradeStep(BaseModel, frozen=True):
    """What an upgrade is doing."""

    name: str
    done: int = Field(0, description="Rows converted in this step.")
    total: int | None = Field(None, description="Rows of this step; null or omitted if they are not counted.")

    def __str__(self) -> str:
        if self.total is None:
            return self.name
        percent = 100 * self.done // self.total if self.total else 100
        return f"{self.name}, {self.done:,} of {self.total:,} ({percent}%)"


class Progress:
    """The current step of an upgrade. A step is replaced as a whole, so that readers need no lock."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.step = UpgradeStep(name="starting")
        self._clock = clock
        self._logged_at = clock()
        self._stopping = Event()

    def begin(self, name: str, total: int | None = None) -> None:
        """Begin a step, of `total` rows if they are counted. Raises UpgradeStopped."""
        self._set(UpgradeStep(name=name, total=total))
        # A new database has nothing to convert.
        if total != 0:
            self._log()

    def advance(self, rows: int) -> None:
        """Count rows of the current step as done. Raises UpgradeStopped."""
        self._set(self.step.model_copy(update={"done": self.step.done + rows}))
        if self._clock() - self._logged_at >= LOG_SECONDS:
            self._log()

    def stop(self) -> None:
        """Make the next call of `begin` or `advance` raise UpgradeStopped."""
        self._stopping.set()

    def _set(self, step: UpgradeStep) -> None:
        if self._stopping.is_set():
            raise UpgradeStopped
        self.step = step

    def _log(self) -> None:
        self._logged_at = self._clock()
        log.info("upgrading the database: %s", self.step)


def of(context: "MigrationContext") -> Progress:
    """Return the progress that a migration reports to; a new one if nobody reads it."""
    attributes = context.config.attributes if context.config is not None else {}
    found = attributes.get(ATTRIBUTE)
    return found if isinstance(found, Progress) else Progress()
