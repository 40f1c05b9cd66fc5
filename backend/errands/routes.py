"""/errands"""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel, Field

from backend.db import errands
from backend.deps import DatabaseDep, NotifierDep, Respond, RowId, SettingsDep
from backend.errands import service
from backend.errors import PROBLEM_RESPONSE, NotFound
from backend.snapshot import snapshot
from skiplab.contract.errands import Errand, ErrandKind, ErrandStatus, Requestable

router = APIRouter(prefix="/errands", tags=["workers"], responses=PROBLEM_RESPONSE)


class ErrandList(BaseModel):
    items: list[Errand] = Field(description="Newest first; deleted a week after their end.")


@router.get("")
def list_errands(
    respond: Respond,
    database: DatabaseDep,
    kind: Annotated[ErrandKind | None, Query(description="Only errands of this kind.")] = None,
    status: Annotated[ErrandStatus | None, Query(description="Only errands with this status.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ErrandList:
    """List errands, the background tasks of workers besides training."""
    with database.read() as session:
        rows = errands.recent(session, kind=kind, status=status, limit=limit)
        return respond(snapshot(session, ErrandList(items=[errands.view(session, row) for row in rows])))


@router.post("", status_code=202)
def request_errand(
    task: Annotated[Requestable, Body()],
    request: Request,
    response: Response,
    database: DatabaseDep,
    settings: SettingsDep,
    notifier: NotifierDep,
) -> Errand:
    """Request an errand; a waiting or running one with the same task is returned instead. `errand` events report its
    progress. An import's errand is created by its upload."""
    errand = service.request(database, notifier, settings.home, task)
    response.headers["Location"] = request.url_for("read_errand", errand_id=errand.id).path
    return errand


@router.get("/{errand_id:int}")
def read_errand(errand_id: RowId, respond: Respond, database: DatabaseDep) -> Errand:
    """Return one errand."""
    with database.read() as session:
        row = errands.get(session, errand_id)
        if row is None:
            raise NotFound(f"There is no errand {errand_id}.")
        return respond(snapshot(session, errands.view(session, row)))


@router.post("/{errand_id:int}/cancel", status_code=202)
def cancel_errand(errand_id: RowId, database: DatabaseDep, settings: SettingsDep) -> Errand:
    """Cancel a waiting or running errand; an import's upload is deleted. Idempotent."""
    return service.cancel(database, settings.home, errand_id)
