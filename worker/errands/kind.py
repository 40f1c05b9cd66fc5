"""What every kind of errand declares, and what its function is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from backend.db import errands
from backend.db.database import Database, Session
from backend.db.errands import ErrandClaim
from skiplab.contract.errands import Task


class ErrandFailed(Exception):
    """The errand cannot be done, for the reason in the message; trying again would not help."""


@dataclass(frozen=True)
class Context:
    """One attempt at an errand, in its own process. Its writes raise ErrandLost once it has lost the errand."""

    database: Database
    home: Path
    claim: ErrandClaim

    def progress(self, done: int, total: int) -> None:
        """Publish how far it is. Raises ErrandLost."""
        with self.database.write() as session:
            errands.progress(session, self.claim.errand_id, self.claim.attempt, done=done, total=total)

    def finish(
        self, store: Callable[[Session], None] = lambda _session: None, *, result: Mapping[str, JsonValue] | None = None
    ) -> None:
        """Store the result and end the errand, in one transaction. Raises ErrandLost, and then nothing is stored."""
        with self.database.write() as session:
            errands.held(session, self.claim.errand_id, self.claim.attempt)
            store(session)
            errands.finish(session, self.claim.errand_id, self.claim.attempt, result=result)


def _always(_task: Task, _home: Path) -> bool:
    return True


def _nothing(_task: Task, _home: Path, _database: Database) -> None:
    """No files are left behind."""


@dataclass(frozen=True)
class Kind:
    """How the loop runs errands of one kind."""

    run: Callable[[Task, Context], None]
    """Does the work, in a process of its own, and ends with `Context.finish`. Raises ErrandFailed."""

    limit_seconds: float
    """A process that takes longer is killed, and its errand has failed."""

    is_quick: bool
    """Takes seconds: never waits behind one that takes minutes, where the machine has two cores."""

    remedy: str = ""
    """What needs less memory, for the error of one that was killed for it."""

    can_run_here: Callable[[Task, Path], bool] = _always
    """Whether this worker has what it takes; `Path` is the lab's home."""

    clean_up: Callable[[Task, Path, Database], None] = _nothing
    """Removes the files that are needed no more, once the errand's new status is stored."""
