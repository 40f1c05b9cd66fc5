"""POST /datasets and /imports"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from backend.contract.imports import Import
from backend.contract.spec import Key
from backend.db import events, imports
from backend.deps import EVENT_ID_HEADER, DatabaseDep, RowId, SettingsDep
from backend.errors import PROBLEM_RESPONSE, NotFound, ProblemBody
from backend.imports import service

router = APIRouter(tags=["catalog"], responses=PROBLEM_RESPONSE)

ZIP = "application/zip"
TAKEN = (ZIP, "application/octet-stream")
"""Media types of an upload; the second is what clients send that do not know the first."""

LARGEST_SIDE = 1024

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TAKEN},
    }
}
NO_ROOM: dict[int | str, dict[str, Any]] = {507: {"model": ProblemBody, "description": "The lab's disk is full."}}


class ImportList(BaseModel):
    items: list[Import] = Field(description="Newest first.")
    allowed: bool = Field(description="Whether this lab takes uploads.")
    largest: int = Field(description="Bytes that an upload may have.")


@router.post("/datasets", status_code=202, openapi_extra=BODY, responses=NO_ROOM)
async def upload_dataset(
    key: Annotated[Key, Query(description="What the data set is to be called; an older one of that key is replaced.")],
    request: Request,
    response: Response,
    settings: SettingsDep,
    database: DatabaseDep,
    size: Annotated[
        int | None, Query(ge=1, le=LARGEST_SIDE, description="Pixels a side; left out: what most images have.")
    ] = None,
) -> Import:
    """Upload a zip of `train/<class>/*` and `test/<class>/*`; a worker makes a data set of it. `import` events tell how
    far it is."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in TAKEN:
        raise service.NotZip(f"Send the zip itself as the body, with the header Content-Type: {ZIP}.")
    taken = await service.take(settings, database, request.stream(), key=key, size=size)
    response.headers["Location"] = request.url_for("read_import", import_id=taken.id).path
    return taken


@router.get("/imports")
def list_imports(response: Response, settings: SettingsDep, database: DatabaseDep) -> ImportList:
    with database.read() as session:
        response.headers[EVENT_ID_HEADER] = str(events.latest_id(session))
        items = [imports.view(row) for row in imports.recent(session)]
    return ImportList(items=items, allowed=settings.takes_uploads, largest=settings.largest_upload)


@router.get("/imports/{import_id:int}")
def read_import(import_id: RowId, response: Response, database: DatabaseDep) -> Import:
    with database.read() as session:
        response.headers[EVENT_ID_HEADER] = str(events.latest_id(session))
        row = imports.get(session, import_id)
        if row is None:
            raise NotFound(f"There is no import {import_id}.")
        return imports.view(row)
