"""/runs/{id}/points and /finish. A client starts its run by POST /runs with `kind: external`."""

from fastapi import APIRouter

from backend.deps import DatabaseDep, RowId
from backend.errors import PROBLEM_RESPONSE
from backend.ingest import service
from skiplab.contract.ingest import Finish, Points, Stored
from skiplab.contract.run import Run

router = APIRouter(prefix="/runs", tags=["remote logging"], responses=PROBLEM_RESPONSE)


@router.post("/{run_id:int}/points")
def store_points(run_id: RowId, points: Points, database: DatabaseDep) -> Stored:
    """Store points, log lines, config and summary of a run, in one transaction. A batch whose number was stored before
    changes nothing; one without content is a heartbeat. 409 `holder_lost`: the run has ended or has another holder."""
    return service.store(database, run_id, points)


@router.post("/{run_id:int}/finish")
def finish_run(run_id: RowId, finish: Finish, database: DatabaseDep) -> Run:
    """End a run. 409 `holder_lost`: it has ended otherwise, or another holder has it."""
    return service.finish(database, run_id, finish)
