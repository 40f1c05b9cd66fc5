"""What each kind of errand declares, and the context that its function receives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from backend.db import errands
from backend.db.database import Database, Session
from backend.db.errands import ErrandClaim
from skiplab.contract.errands import Task


class ErrandFailed(Exception):
    """Raised when an errand cannot be done and a retry would not help; the message has the reason."""


@dataclass(frozen=True)
class Context:
    """One attempt at an errand, in its own process. Writes raise ErrandLost once it has lost the errand."""

    database: Database
    home: Path
    claim: ErrandClaim

    def progress(self, done: int, total: int) -> None:
        """Publish progress. Raises ErrandLost."""
        with self.database.write() as session:
            errands.progress(session, self.claim.errand_id, self.claim.attempt, done=done, total=total)

    def finish(
        self, store: Callable[[Session], None] = lambda _session: None, *, result: Mapping[str, JsonValue] | None = None
    ) -> None:
        """Store the result and end the errand in one transaction. Raises ErrandLost, storing nothing."""
        with self.database.write() as session:
            errands.held(session, self.claim.errand_id, self.claim.attempt)
            store(session)
            errands.finish(session, self.claim.errand_id, self.claim.attempt, result=result)


def _always(_task: Task, _home: Path) -> bool:
    return True


def _nothing(_task: Task, _home: Path, _database: Database) -> None:
    """Do nothing: the kind leaves no files."""


@dataclass(frozen=True)
class Kind:
    """How the loop runs errands of one kind."""

    run: Callable[[Task, Context], None]
    """Does the work in a separate process and ends with `Context.finish`. Raises ErrandFailed."""

    limit_seconds: float
    """Timeout, after which the process is killed and the errand has failed."""

    is_quick: bool
    """Takes seconds, and so never waits behind one that takes minutes (on two cores or more)."""

    remedy: str = ""
    """How to use less memory, for the error when it was killed for that."""

    can_run_here: Callable[[Task, Path], bool] = _always
    """Whether this worker can run the task; `Path` is the home folder."""

    clean_up: Callable[[Task, Path, Database], None] = _nothing
    """Removes files that are no longer needed, after the errand's new status is stored."""
