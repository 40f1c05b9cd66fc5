"""POST /datasets and /imports"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from backend.db import events, imports
from backend.deps import DatabaseDep, NotifierDep, RowId, SetEventId, SettingsDep
from backend.errors import PROBLEM_RESPONSE, NotFound, ProblemBody
from backend.imports import service
from skiplab.contract.imports import Choices, Import
from skiplab.contract.spec import Key

router = APIRouter(tags=["catalog"], responses=PROBLEM_RESPONSE)

ZIP = "application/zip"
TAKEN = (ZIP, "application/octet-stream")
"""Media types of an upload; the second is what clients send that do not know the first."""

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


class Taking(Choices):
    """How to import what was found. What is left out here is decided anew: choices made before do not count."""

    key: Key | None = Field(None, description="What the data set is to be called; null: as was said with the upload.")


def _as_chosen(field: str) -> Any:
    """A query parameter with the bounds and the description of that choice."""
    chosen = Choices.model_fields[field]
    made = Query(description=chosen.description)
    made.metadata = chosen.metadata
    return made


@router.post("/datasets", status_code=202, openapi_extra=BODY, responses=NO_ROOM)
async def upload_dataset(
    key: Annotated[
        Key, Query(description="What the data set is to be called; under a used key it becomes the next version.")
    ],
    request: Request,
    response: Response,
    settings: SettingsDep,
    database: DatabaseDep,
    notifier: NotifierDep,
    size: Annotated[int | None, _as_chosen("size")] = None,
    names: Annotated[str | None, _as_chosen("names")] = None,
    skip_bad: Annotated[bool, _as_chosen("skip_bad")] = False,
    test_share: Annotated[float | None, _as_chosen("test_share")] = None,
    part: Annotated[str | None, _as_chosen("part")] = None,
    preview: Annotated[
        bool,
        Query(
            description="Only inspect it: the import becomes `found`, and is imported when it is taken"
            " (`POST /imports/{import_id}/take`). The Content-Type may then be any."
        ),
    ] = False,
    file: Annotated[
        str | None,
        Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", description="The file's own name, for people."),
    ] = None,
) -> Import:
    """Upload images: a zip or tar archive, an .npz, an idx or a Parquet file, in any of the layouts of the guide on
    data. A worker makes a data set of it, or with `preview` says what is in it. `import` events tell how far it is."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not preview and kind not in TAKEN:
        raise service.NotZip(f"Send the zip itself as the body, with the header Content-Type: {ZIP}.")
    choices = Choices(size=size, names=names, skip_bad=skip_bad, test_share=test_share, part=part)
    upload = service.Upload(key=key, choices=choices, preview=preview, file=file)
    taken = await service.receive(settings, database, notifier, request.stream(), upload)
    response.headers["Location"] = request.url_for("read_import", import_id=taken.id).path
    return taken


@router.get("/imports")
def list_imports(set_event_id: SetEventId, settings: SettingsDep, database: DatabaseDep) -> ImportList:
    """The newest hundred. What was `found` stands here only while it waits for a decision; each import's own answer has
    it for good."""
    with database.read() as session:
        set_event_id(events.latest_id(session))
        items = [imports.brief(row) for row in imports.recent(session)]
    return ImportList(items=items, allowed=settings.takes_uploads, largest=settings.largest_upload)


@router.get("/imports/{import_id:int}")
def read_import(import_id: RowId, set_event_id: SetEventId, database: DatabaseDep) -> Import:
    with database.read() as session:
        set_event_id(events.latest_id(session))
        row = imports.get(session, import_id)
        if row is None:
            raise NotFound(f"There is no import {import_id}.")
        return imports.view(row)


@router.post("/imports/{import_id:int}/take", status_code=202)
def take_import(import_id: RowId, database: DatabaseDep, notifier: NotifierDep, taking: Taking | None = None) -> Import:
    """Import what was found."""
    taking = taking or Taking.model_validate({})
    return service.take(database, notifier, import_id, key=taking.key, choices=taking)


@router.post("/imports/{import_id:int}/inspect", status_code=202)
def inspect_import(
    import_id: RowId, database: DatabaseDep, notifier: NotifierDep, taking: Taking | None = None
) -> Import:
    """Inspect what was found once more, with other choices: another encoding of the names, another share for the test
    set."""
    taking = taking or Taking.model_validate({})
    return service.take(database, notifier, import_id, key=taking.key, choices=taking, preview=True)


@router.post("/imports/{import_id:int}/cancel", status_code=202)
def cancel_import(import_id: RowId, settings: SettingsDep, database: DatabaseDep) -> Import:
    """End an import, whatever it is doing; its upload is removed. Cancelling it again changes nothing."""
    return service.cancel(settings, database, import_id)
