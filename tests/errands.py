"""Errands taken in a test's own transaction."""

from collections.abc import Callable

from backend.db import errands
from backend.db.database import Session
from backend.db.errands import ErrandClaim
from skiplab.contract.errands import Task


def any_task(_task: Task) -> bool:
    return True


def claim_errand(session: Session, worker_id: int, suits: Callable[[Task], bool] = any_task) -> ErrandClaim | None:
    """The first that waits and suits, as a worker takes it."""
    while (errand_id := errands.next_for(session, suits)) is not None:
        if (claim := errands.claim(session, worker_id, errand_id)) is not None:
            return claim
    return None
