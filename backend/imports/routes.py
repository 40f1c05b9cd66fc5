"""POST /datasets and /imports"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from backend.api_paths import DATASETS
from backend.db import imports
from backend.deps import DatabaseDep, NotifierDep, Respond, RowId, SettingsDep
from backend.errors import PROBLEM_RESPONSE, NotFound
from backend.imports import service
from backend.received_file import NO_ROOM
from backend.snapshot import snapshot
from skiplab.contract.imports import Choices, Import
from skiplab.contract.spec import Key

router = APIRouter(tags=["catalog"], responses=PROBLEM_RESPONSE)

ZIP = "application/zip"
TAKEN = (ZIP, "application/octet-stream")
"""Media types of an upload; the second is the default of clients that do not know the first."""

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TAKEN},
    }
}


class ImportList(BaseModel):
    items: list[Import] = Field(description="Newest first.")
    allowed: bool = Field(description="Whether uploads are allowed.")
    largest: int = Field(description="Largest upload in bytes.")


class Taking(Choices):
    """How to import an inspected upload. Omitted fields take their defaults, not earlier choices."""

    key: Key | None = Field(None, description="Key of the data set; null: as given with the upload.")


def _as_chosen(field: str) -> Any:
    """Make a query parameter with the bounds and description of a field of `Choices`."""
    chosen = Choices.model_fields[field]
    made = Query(description=chosen.description)
    made.metadata = chosen.metadata
    return made


@router.post(DATASETS, status_code=202, openapi_extra=BODY, responses=NO_ROOM)
async def upload_dataset(
    key: Annotated[Key, Query(description="Key of the data set; with an existing key it becomes the next version.")],
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
            description="Inspect only: the import becomes `found`, and is imported after confirmation"
            " (`POST /imports/{import_id}/take`). Any Content-Type is accepted then."
        ),
    ] = False,
    file: Annotated[
        str | None,
        Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", description="File name, for display."),
    ] = None,
) -> Import:
    """Upload images: a zip or tar archive, an .npz, an idx or a Parquet file, in any layout of the guide on data. A
    worker imports it as a data set, or with `preview` inspects it. `import` events report its progress."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not preview and kind not in TAKEN:
        raise service.NotZip(f"Send the zip file itself as the body, with the header Content-Type: {ZIP}.")
    choices = Choices(size=size, names=names, skip_bad=skip_bad, test_share=test_share, part=part)
    upload = service.Upload(key=key, choices=choices, preview=preview, file=file)
    taken = await service.receive(settings, database, notifier, request.stream(), upload)
    response.headers["Location"] = request.url_for("read_import", import_id=taken.id).path
    return taken


@router.get("/imports")
def list_imports(respond: Respond, settings: SettingsDep, database: DatabaseDep) -> ImportList:
    """List the newest hundred imports. `found` is included only while an import awaits confirmation; `GET
    /imports/{import_id}` always includes it."""
    with database.read() as session:
        items = [imports.brief(row) for row in imports.recent(session)]
        listed = ImportList(items=items, allowed=settings.takes_uploads, largest=settings.largest_upload)
        return respond(snapshot(session, listed))


@router.get("/imports/{import_id:int}")
def read_import(import_id: RowId, respond: Respond, database: DatabaseDep) -> Import:
    with database.read() as session:
        row = imports.get(session, import_id)
        if row is None:
            raise NotFound(f"There is no import {import_id}.")
        return respond(snapshot(session, imports.view(row)))


@router.post("/imports/{import_id:int}/take", status_code=202)
def take_import(import_id: RowId, database: DatabaseDep, notifier: NotifierDep, taking: Taking | None = None) -> Import:
    """Confirm an inspected upload and import it."""
    taking = taking or Taking.model_validate({})
    return service.take(database, notifier, import_id, key=taking.key, choices=taking)


@router.post("/imports/{import_id:int}/inspect", status_code=202)
def inspect_import(
    import_id: RowId, database: DatabaseDep, notifier: NotifierDep, taking: Taking | None = None
) -> Import:
    """Inspect an upload again with other choices, such as another file name encoding or test fraction."""
    taking = taking or Taking.model_validate({})
    return service.take(database, notifier, import_id, key=taking.key, choices=taking, preview=True)


@router.post("/imports/{import_id:int}/cancel", status_code=202)
def cancel_import(import_id: RowId, settings: SettingsDep, database: DatabaseDep) -> Import:
    """Cancel an import in any state before its end, and delete its upload. Idempotent."""
    return service.cancel(settings, database, import_id)
