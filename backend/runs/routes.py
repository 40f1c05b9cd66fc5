"""/runs"""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Query, Request, Response

from backend.auth.authenticator import Caller
from backend.deps import DatabaseDep, NotifierDep, Respond, RowId, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from backend.ingest import service as ingest
from backend.runs import service
from backend.runs.schemas import AnyNewRun, Move, NewRun, ResolvedSpec, RunChange, SpecDefaultsList
from skiplab.contract.ingest import HeldRun
from skiplab.contract.run import Run
from skiplab.contract.run_lists import Bulk, BulkAnswer, RunFilter, RunPage

LONGEST_KEYS = 5_000
"""Characters. Each takes at most twelve bytes of a URL, which the server limits to 64 kB."""

router = APIRouter(prefix="/runs", tags=["runs"], responses=PROBLEM_RESPONSE)


RESUMED: dict[int | str, dict[str, Any]] = {200: {"model": HeldRun, "description": "An external run is resumed."}}


@router.post("", status_code=201, responses=RESUMED)
def submit_run(
    new: Annotated[AnyNewRun, Body()],
    request: Request,
    response: Response,
    database: DatabaseDep,
    notifier: NotifierDep,
    settings: SettingsDep,
) -> Run | HeldRun:
    """Queue one training run. With `kind: external`, start or resume one that the client trains and logs itself, with
    POST /runs/{run_id}/points; the answer has its holder."""
    if isinstance(new, NewRun):
        run = service.submit(database, notifier, new)
        response.headers["Location"] = request.url_for("read_run", run_id=run.id).path
        return run
    caller = cast(Caller, request.state.caller)
    held, is_new = ingest.begin(database, new, opened_by=caller.name, most_open=settings.max_open_runs)
    response.headers["Location"] = request.url_for("read_run", run_id=held.run.id).path
    response.status_code = 201 if is_new else 200
    return held


@router.post("/resolve")
def resolve_spec(new: NewRun, database: DatabaseDep) -> ResolvedSpec:
    """Resolve a request to a complete spec, and say where each field comes from, without queueing."""
    return service.preview(database, new)


@router.get("/defaults")
def list_defaults(
    database: DatabaseDep,
    models: Annotated[str, Query(max_length=LONGEST_KEYS, description="Keys of networks, separated by commas.")] = "",
    preset: Annotated[str | None, Query(max_length=64)] = None,
) -> SpecDefaultsList:
    """Return the defaults of fields that a request omits, for each network, and where each comes from."""
    return service.defaults(database, [key for key in models.split(",") if key], preset)


@router.get("")
def list_runs(wanted: Annotated[RunFilter, Query()], respond: Respond, database: DatabaseDep) -> RunPage:
    """List a page of runs, newest first by default."""
    return respond(service.page(database, wanted))


@router.post("/bulk")
def change_many_runs(wanted: Bulk, database: DatabaseDep, settings: SettingsDep) -> BulkAnswer:
    """Cancel, archive, tag or delete many runs at once."""
    return service.bulk(database, settings.home, wanted)


@router.get("/{run_id:int}")
def read_run(run_id: RowId, respond: Respond, database: DatabaseDep) -> Run:
    return respond(service.read(database, run_id))


@router.post("/{run_id}/cancel", status_code=202)
def cancel_run(run_id: RowId, database: DatabaseDep) -> Run:
    """Cancel a run: a queued one at once, a running one at its next batch. Finished epochs are kept."""
    return service.cancel(database, run_id)


@router.patch("/{run_id:int}")
def change_run(run_id: RowId, wanted: RunChange, database: DatabaseDep) -> Run:
    """Change a run's name, tags, note, priority or archived state."""
    return service.change(database, run_id, wanted)


@router.delete("/{run_id:int}", status_code=204)
def delete_run(run_id: RowId, database: DatabaseDep, settings: SettingsDep) -> None:
    """Delete a run with its metrics and files; a running one must be cancelled first."""
    service.delete(database, settings.home, run_id)


@router.post("/{run_id}/move")
def move_run(run_id: RowId, wanted: Move, database: DatabaseDep) -> Run:
    """Move a queued run within the queue."""
    return service.move(database, run_id, wanted)
