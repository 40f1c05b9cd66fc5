"""/queue"""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.db import run_queue
from backend.deps import DatabaseDep, Respond
from backend.errors import PROBLEM_RESPONSE
from backend.snapshot import snapshot

router = APIRouter(prefix="/queue", tags=["runs"], responses=PROBLEM_RESPONSE)


class Queue(BaseModel):
    items: list[int] = Field(description="Ids of the queued runs, next first.")


@router.get("")
def read_queue(respond: Respond, database: DatabaseDep) -> Queue:
    """Return the order in which runs will start. It changes whenever a run is queued or leaves the queue."""
    with database.read() as session:
        return respond(snapshot(session, Queue(items=run_queue.ids(session))))
