"""/workers"""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from backend.contract.worker import Worker
from backend.db import events, workers
from backend.deps import EVENT_ID_HEADER, DatabaseDep
from backend.errors import PROBLEM_RESPONSE

router = APIRouter(prefix="/workers", tags=["workers"], responses=PROBLEM_RESPONSE)


class WorkerList(BaseModel):
    items: list[Worker]


@router.get("")
def list_workers(response: Response, database: DatabaseDep) -> WorkerList:
    """The workers seen lately, newest first; those that are gone say so."""
    with database.read() as session:
        response.headers[EVENT_ID_HEADER] = str(events.latest_id(session))
        return WorkerList(items=[workers.view(session, row) for row in workers.recent(session)])
