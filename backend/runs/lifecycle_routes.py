"""/runs/{id}/pause, /resume, /retry and /history"""

from fastapi import APIRouter

from backend.deps import DatabaseDep, NotifierDep, Respond, RowId
from backend.errors import PROBLEM_RESPONSE
from backend.runs import lifecycle
from backend.runs.schemas import History
from skiplab.contract.run import Run

router = APIRouter(prefix="/runs", tags=["runs"], responses=PROBLEM_RESPONSE)


@router.post("/{run_id:int}/pause", status_code=202)
def pause_run(run_id: RowId, database: DatabaseDep) -> Run:
    """Pause a run so that it can be resumed: a queued one at once, a running one at its next batch."""
    return lifecycle.pause(database, run_id)


@router.post("/{run_id:int}/resume", status_code=202)
def resume_run(run_id: RowId, database: DatabaseDep, notifier: NotifierDep) -> Run:
    """Queue a paused, failed or cancelled run again, to continue from its last checkpoint."""
    return lifecycle.resume(database, notifier, run_id)


@router.post("/{run_id:int}/retry", status_code=202)
def retry_run(run_id: RowId, database: DatabaseDep, notifier: NotifierDep) -> Run:
    """Queue a paused, failed or cancelled run again from epoch 1; its metrics are deleted."""
    return lifecycle.retry(database, notifier, run_id)


@router.get("/{run_id:int}/history")
def read_history(run_id: RowId, respond: Respond, database: DatabaseDep) -> History:
    """List the changes of the run's status with their causes, oldest first."""
    return respond(lifecycle.history(database, run_id))
