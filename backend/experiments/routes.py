"""/experiments"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from backend.deps import DatabaseDep, NotifierDep, RowId, SetEventId, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from backend.experiments import service
from backend.experiments.schemas import Experiment, ExperimentList, Launch, NewExperiment

router = APIRouter(prefix="/experiments", tags=["experiments"], responses=PROBLEM_RESPONSE)


@router.post("", status_code=201)
def submit_experiment(
    new: NewExperiment, request: Request, response: Response, database: DatabaseDep, notifier: NotifierDep
) -> Experiment:
    """Queue one run for every combination of what varies."""
    experiment = service.submit(database, notifier, new)
    response.headers["Location"] = request.url_for("read_experiment", experiment_id=experiment.id).path
    return experiment


@router.get("")
def list_experiments(
    set_event_id: SetEventId,
    database: DatabaseDep,
    empty: Annotated[bool, Query(description="Only those without any run.")] = False,
) -> ExperimentList:
    """All experiments with their runs, newest first."""
    answer, event_id = service.newest(database, empty=empty)
    set_event_id(event_id)
    return answer


@router.get("/{experiment_id}")
def read_experiment(experiment_id: RowId, set_event_id: SetEventId, database: DatabaseDep) -> Experiment:
    experiment, event_id = service.read(database, experiment_id)
    set_event_id(event_id)
    return experiment


@router.post("/{experiment_id}/runs", status_code=201)
def extend_experiment(experiment_id: RowId, more: Launch, database: DatabaseDep, notifier: NotifierDep) -> Experiment:
    """Queue more runs of it, one for every combination. Seeds that come after a verdict are a new look at it."""
    return service.extend(database, notifier, experiment_id, more)


@router.post("/{experiment_id}/cancel", status_code=202)
def cancel_experiment(experiment_id: RowId, database: DatabaseDep, settings: SettingsDep) -> Experiment:
    """End every run of it that has not ended."""
    return service.change_runs(database, settings.home, experiment_id, "cancel")


@router.post("/{experiment_id}/archive")
def archive_experiment(experiment_id: RowId, database: DatabaseDep, settings: SettingsDep) -> Experiment:
    """Put all its runs away."""
    return service.change_runs(database, settings.home, experiment_id, "archive")


@router.delete("/{experiment_id}", status_code=204)
def delete_experiment(experiment_id: RowId, database: DatabaseDep) -> None:
    """Remove an experiment that has no runs, archived ones included: delete those first."""
    service.delete(database, experiment_id)
