"""/runs/{id}/layers, /confusion, /mistakes, /system, /logs, /environment, /artifacts"""

from typing import Annotated

from fastapi import APIRouter, Query

from backend.deps import DatabaseDep, Respond, RowId, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from backend.middleware.head_and_range import RangedFile
from backend.telemetry import service
from backend.telemetry.schemas import (
    ArtifactList,
    ConfusionAnswer,
    Environment,
    LayerList,
    MistakeList,
    SystemList,
)
from skiplab.contract.saved_files import image_type
from skiplab.contract.telemetry import LogPage

router = APIRouter(prefix="/runs/{run_id}", tags=["telemetry"], responses=PROBLEM_RESPONSE)


@router.get("/layers")
def read_layers(
    run_id: RowId,
    respond: Respond,
    database: DatabaseDep,
    since_epoch: Annotated[int | None, Query(ge=0, description="Only later epochs.")] = None,
) -> LayerList:
    """Return statistics of layers and blocks by epoch; epoch 0 is the first step, with the initial weights."""
    return respond(service.layers(database, run_id, since_epoch))


@router.get("/confusion")
def read_confusion(
    run_id: RowId,
    respond: Respond,
    database: DatabaseDep,
    epoch: Annotated[int | None, Query(ge=1, description="The newest by default.")] = None,
    most: Annotated[
        int | None,
        Query(ge=1, le=1000, description="Most classes: the most confused ones, with all others combined."),
    ] = None,
) -> ConfusionAnswer:
    """Return the confusion matrix of the test set."""
    return respond(service.confusion(database, run_id, epoch, most=most))


@router.get("/mistakes")
def read_mistakes(run_id: RowId, database: DatabaseDep) -> MistakeList:
    """Return the most confident errors on the test set at the newest epoch."""
    return service.mistakes(database, run_id)


@router.get("/system")
def read_system(
    run_id: RowId,
    database: DatabaseDep,
    newest: Annotated[int | None, Query(ge=1, le=100_000, description="Most samples, the newest ones.")] = None,
) -> SystemList:
    """Return the system load while the run trained, sampled every 5 s."""
    return service.system(database, run_id, newest=newest)


@router.get("/logs")
def read_logs(
    run_id: RowId,
    database: DatabaseDep,
    after: Annotated[int | None, Query(ge=0, description="Id of the last known line; null: the tail.")] = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
) -> LogPage:
    """Return a page of the run's log; a `log` event is published when it grows."""
    return service.log(database, run_id, after=after, limit=limit)


@router.get("/environment")
def read_environment(run_id: RowId, database: DatabaseDep) -> Environment:
    """Return versions, device, threads, precision and the resolved spec of the newest attempt."""
    return service.environment(database, run_id)


@router.get("/artifacts")
def list_artifacts(run_id: RowId, database: DatabaseDep) -> ArtifactList:
    """List the run's files: its last checkpoints and best weights, or what its client saved."""
    return service.files(database, run_id)


@router.get("/artifacts/{path:path}", response_class=RangedFile)
def read_artifact(run_id: RowId, path: str, database: DatabaseDep, settings: SettingsDep) -> RangedFile:
    """Download a file; Range requests are supported. An image that a client saved is served as such."""
    place = service.file(database, settings.home, run_id, path)
    if (image := image_type(path)) is not None:
        return RangedFile(place, media_type=image)
    return RangedFile(place, media_type="application/octet-stream", filename=place.name)
