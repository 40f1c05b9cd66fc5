"""/workers"""

from fastapi import APIRouter

from backend.db import workers
from backend.db.database import Database
from backend.deps import DatabaseDep, Respond, RowId
from backend.errors import PROBLEM_RESPONSE, NotFound
from backend.snapshot import snapshot
from skiplab.contract.worker import Worker, WorkerList

router = APIRouter(prefix="/workers", tags=["workers"], responses=PROBLEM_RESPONSE)


@router.get("")
def list_workers(respond: Respond, database: DatabaseDep) -> WorkerList:
    """List recent workers, newest first, including offline ones."""
    with database.read() as session:
        return respond(snapshot(session, WorkerList(items=workers.views(session, workers.recent(session)))))


@router.post("/{worker_id:int}/drain", status_code=202)
def drain_worker(worker_id: RowId, database: DatabaseDep) -> Worker:
    """Drain a worker: it finishes its runs and claims no more, until it is restarted."""
    return _drain(database, worker_id, draining=True)


@router.delete("/{worker_id:int}/drain")
def take_runs_again(worker_id: RowId, database: DatabaseDep) -> Worker:
    return _drain(database, worker_id, draining=False)


def _drain(database: Database, worker_id: int, *, draining: bool) -> Worker:
    """Set whether a worker drains. Raises NotFound."""
    with database.write() as session:
        row = workers.get(session, worker_id)
        if row is None:
            raise NotFound(f"There is no worker {worker_id}.")
        workers.drain(session, row, draining=draining)
        return workers.view(session, row)
