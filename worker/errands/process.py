"""The process of one attempt at an errand: `python -m worker errand ID ATTEMPT`."""

import logging
import traceback

from backend.db import errands
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.db.errands import ErrandClaim, ErrandLost
from skiplab.contract.errands import ErrandKind
from worker.errands.kind import Context, ErrandFailed
from worker.errands.kinds import KINDS
from worker.settings import WorkerSettings

log = logging.getLogger(__name__)

NICENESS = 5
"""Lower CPU priority than trainers; with all cores busy, a preview still gets a quarter of a core."""


def perform(settings: WorkerSettings, errand_id: int, attempt: int) -> None:
    """Run the errand and store how it ended; do nothing if the attempt has lost it already.

    Raises DatabaseUnusable, and DatabaseBusy after ten minutes; the loop counts these as crashes.
    """
    database = Database.patient(settings.database)
    try:
        with database.read() as session:
            task = errands.task_of(errands.held(session, errand_id, attempt))
        assert task is not None  # an errand with an unreadable task is never claimed
        _perform(Context(database, settings.home, ErrandClaim(errand_id, attempt, task)))
    except ErrandLost as lost:
        log.warning("%s", lost)
    finally:
        database.close()


def _perform(context: Context) -> None:
    claim = context.claim
    if (error := _error(context)) is not None:
        with context.database.write() as session:
            errands.fail(session, claim.errand_id, claim.attempt, error=error)


def _error(context: Context) -> str | None:
    """Run the errand; return why it failed, or None. Raises ErrandLost, DatabaseBusy, DatabaseUnusable."""
    claim = context.claim
    try:
        KINDS[claim.task.kind].run(claim.task, context)
    except ErrandFailed as failure:
        log.warning("errand %d: %s", claim.errand_id, failure)
        return str(failure)
    except (ErrandLost, DatabaseBusy, DatabaseUnusable):
        raise
    except Exception as failure:
        # The process's edge: the person who requested the errand cannot read the worker's log.
        log.exception("errand %d (%s) failed", claim.errand_id, claim.task.kind)
        what = traceback.format_exception_only(failure)[-1].strip()
        return f"{_called(claim.task.kind)} failed unexpectedly ({what}); see the worker's log"
    return None


def _called(kind: ErrandKind) -> str:
    return {ErrandKind.IMPORT_DATA: "the import"}.get(kind, f"the errand {kind}")
