"""/experiments"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from backend.deps import DatabaseDep, NotifierDep, Respond, RowId, SettingsDep
from backend.errors import PROBLEM_RESPONSE
from backend.experiments import service
from skiplab.contract.experiments import Experiment, ExperimentList, Launch, Launched, NewExperiment

router = APIRouter(prefix="/experiments", tags=["experiments"], responses=PROBLEM_RESPONSE)


@router.post("", status_code=201)
def submit_experiment(
    new: NewExperiment, request: Request, response: Response, database: DatabaseDep, notifier: NotifierDep
) -> Launched:
    """Queue one run per combination of the fields that vary."""
    experiment = service.submit(database, notifier, new)
    response.headers["Location"] = request.url_for("read_experiment", experiment_id=experiment.id).path
    return experiment


@router.get("")
def list_experiments(
    respond: Respond,
    database: DatabaseDep,
    empty: Annotated[bool, Query(description="Only experiments without runs.")] = False,
    name: Annotated[str | None, Query(description="Exact name.")] = None,
) -> ExperimentList:
    """List experiments with their runs, newest first."""
    return respond(service.newest(database, empty=empty, name=name))


@router.get("/{experiment_id}")
def read_experiment(experiment_id: RowId, respond: Respond, database: DatabaseDep) -> Experiment:
    return respond(service.read(database, experiment_id))


@router.post("/{experiment_id}/runs", status_code=201)
def extend_experiment(experiment_id: RowId, more: Launch, database: DatabaseDep, notifier: NotifierDep) -> Launched:
    """Queue more runs, one per combination. Seeds added after a verdict make a further interim analysis."""
    return service.extend(database, notifier, experiment_id, more)


@router.post("/{experiment_id}/cancel", status_code=202)
def cancel_experiment(experiment_id: RowId, database: DatabaseDep, settings: SettingsDep) -> Experiment:
    """Cancel all unfinished runs of the experiment."""
    return service.change_runs(database, settings.home, experiment_id, "cancel")


@router.post("/{experiment_id}/archive")
def archive_experiment(experiment_id: RowId, database: DatabaseDep, settings: SettingsDep) -> Experiment:
    """Archive all runs of the experiment."""
    return service.change_runs(database, settings.home, experiment_id, "archive")


@router.delete("/{experiment_id}", status_code=204)
def delete_experiment(experiment_id: RowId, database: DatabaseDep) -> None:
    """Delete an experiment without runs. Its runs, including archived ones, must be deleted first."""
    service.delete(database, experiment_id)
