"""/queue"""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.db import events, run_queue
from backend.deps import DatabaseDep, SetEventId
from backend.errors import PROBLEM_RESPONSE

router = APIRouter(prefix="/queue", tags=["runs"], responses=PROBLEM_RESPONSE)


class Queue(BaseModel):
    items: list[int] = Field(description="Ids of the queued runs, next first.")


@router.get("")
def read_queue(set_event_id: SetEventId, database: DatabaseDep) -> Queue:
    """Return the order in which runs will start. It changes whenever a run is queued or leaves the queue."""
    with database.read() as session:
        set_event_id(events.latest_id(session))
        return Queue(items=run_queue.ids(session))
