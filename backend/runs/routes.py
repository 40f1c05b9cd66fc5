"""/runs"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from backend.deps import DatabaseDep, NotifierDep, RowId, SetEventId, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from backend.runs import service
from backend.runs.schemas import (
    Bulk,
    BulkAnswer,
    Move,
    NewRun,
    ResolvedSpec,
    RunChange,
    RunFilter,
    RunPage,
    SpecDefaultsList,
)
from skiplab.contract.run import Run

LONGEST_KEYS = 5_000
"""Characters. Each is at most twelve bytes of a URL, whose line the server refuses above 64 kB, before any route."""

router = APIRouter(prefix="/runs", tags=["runs"], responses=PROBLEM_RESPONSE)


@router.post("", status_code=201)
def submit_run(new: NewRun, request: Request, response: Response, database: DatabaseDep, notifier: NotifierDep) -> Run:
    """Queue one training run."""
    run = service.submit(database, notifier, new)
    response.headers["Location"] = request.url_for("read_run", run_id=run.id).path
    return run


@router.post("/resolve")
def resolve_spec(new: NewRun, database: DatabaseDep) -> ResolvedSpec:
    """What a run of this would be, and where each field comes from. Nothing is queued."""
    return service.preview(database, new)


@router.get("/defaults")
def list_defaults(
    database: DatabaseDep,
    models: Annotated[str, Query(max_length=LONGEST_KEYS, description="Keys of networks, separated by commas.")] = "",
    preset: Annotated[str | None, Query(max_length=64)] = None,
) -> SpecDefaultsList:
    """What the fields hold that a request does not give, for each of these networks, and which layer sets each."""
    return service.defaults(database, [key for key in models.split(",") if key], preset)


@router.get("")
def list_runs(wanted: Annotated[RunFilter, Query()], set_event_id: SetEventId, database: DatabaseDep) -> RunPage:
    """A page of runs, newest first unless sorted otherwise."""
    page, event_id = service.page(database, wanted)
    set_event_id(event_id)
    return page


@router.post("/bulk")
def change_many_runs(wanted: Bulk, database: DatabaseDep, settings: SettingsDep) -> BulkAnswer:
    """Cancel, archive, tag or delete many runs at once."""
    return service.bulk(database, settings.home, wanted)


@router.get("/{run_id:int}")
def read_run(run_id: RowId, set_event_id: SetEventId, database: DatabaseDep) -> Run:
    run, event_id = service.read(database, run_id)
    set_event_id(event_id)
    return run


@router.post("/{run_id}/cancel", status_code=202)
def cancel_run(run_id: RowId, database: DatabaseDep) -> Run:
    """End a run: at once while it waits, at the next batch while it trains. Its finished epochs are kept."""
    return service.cancel(database, run_id)


@router.patch("/{run_id:int}")
def change_run(run_id: RowId, wanted: RunChange, database: DatabaseDep) -> Run:
    """Rename, tag, note, archive."""
    return service.change(database, run_id, wanted)


@router.delete("/{run_id:int}", status_code=204)
def delete_run(run_id: RowId, database: DatabaseDep, settings: SettingsDep) -> None:
    """Remove a run with its values and files; a running one must be cancelled first."""
    service.delete(database, settings.home, run_id)


@router.post("/{run_id}/move")
def move_run(run_id: RowId, wanted: Move, database: DatabaseDep) -> Run:
    """Give a queued run another place in the queue."""
    return service.move(database, run_id, wanted)
