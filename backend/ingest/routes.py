"""/runs/{id}/points, /finish and /files. A client starts its run by POST /runs with `kind: external`."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from backend.deps import DatabaseDep, RowId, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from backend.ingest import files, service
from backend.received_file import NO_ROOM
from skiplab.contract.ingest import Finish, Points, Stored
from skiplab.contract.run import Run
from skiplab.contract.saved_files import Name
from skiplab.contract.telemetry import Artifact

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

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


@router.put("/{run_id:int}/files/{name:path}", openapi_extra=BODY, responses=NO_ROOM)
async def save_file(
    run_id: RowId,
    name: Annotated[Name, Path(description="Such as `media/KEY/STEP.png` for an image of one step.")],
    holder: Annotated[int, Query(ge=0, lt=2**63)],
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
) -> Artifact:
    """Save a file with the run, of any type and at most 32 MiB; one of the same name is replaced."""
    return await files.receive(settings, database, run_id, holder, name, request.stream())
