"""/runs/{id}/pause, /resume, /retry and /history"""

from fastapi import APIRouter
from pydantic import BaseModel

from backend.deps import DatabaseDep, NotifierDep, RowId, SetEventId
from backend.errors import PROBLEM_RESPONSE
from backend.runs import life
from skiplab.contract.run import Run, Transition

router = APIRouter(prefix="/runs", tags=["runs"], responses=PROBLEM_RESPONSE)


class History(BaseModel):
    items: list[Transition]


@router.post("/{run_id:int}/pause", status_code=202)
def pause_run(run_id: RowId, database: DatabaseDep) -> Run:
    """Stop a run so that it can go on later: at once while it waits, at the next batch while it trains."""
    return life.pause(database, run_id)


@router.post("/{run_id:int}/resume", status_code=202)
def resume_run(run_id: RowId, database: DatabaseDep, notifier: NotifierDep) -> Run:
    """Queue a paused, failed or cancelled run again; it goes on from its last checkpoint."""
    return life.resume(database, notifier, run_id)


@router.post("/{run_id:int}/retry", status_code=202)
def retry_run(run_id: RowId, database: DatabaseDep, notifier: NotifierDep) -> Run:
    """Queue a paused, failed or cancelled run again; it starts at epoch 1, and what it measured is deleted."""
    return life.retry(database, notifier, run_id)


@router.get("/{run_id:int}/history")
def read_history(run_id: RowId, set_event_id: SetEventId, database: DatabaseDep) -> History:
    """Every change of the run's status with its cause, oldest first."""
    items, event_id = life.history(database, run_id)
    set_event_id(event_id)
    return History(items=items)
