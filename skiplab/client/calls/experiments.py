"""Experiments: named groups of runs."""

from skiplab.client.calls.lookup import WhichExperiment, experiment_id
from skiplab.client.steps import Steps, get, post
from skiplab.client.steps import delete as delete_at
from skiplab.contract.experiments import Experiment, ExperimentList


def experiments(*, name: str | None = None) -> Steps[list[Experiment]]:
    """Return all experiments, or those of one name, with their runs, newest first."""
    return (yield from get("/experiments", ExperimentList, name=name)).items


def experiment(experiment: WhichExperiment) -> Steps[Experiment]:
    """Return an experiment with its runs, by number or name (the newest of that name). Raises NotFound."""
    return (yield from get(f"/experiments/{(yield from experiment_id(experiment))}", Experiment))


def cancel(experiment: WhichExperiment) -> Steps[Experiment]:
    """Cancel all unfinished runs of an experiment."""
    return (yield from post(f"/experiments/{(yield from experiment_id(experiment))}/cancel", Experiment))


def archive(experiment: WhichExperiment) -> Steps[Experiment]:
    """Archive all runs of an experiment."""
    return (yield from post(f"/experiments/{(yield from experiment_id(experiment))}/archive", Experiment))


def delete(experiment: WhichExperiment) -> Steps[None]:
    """Delete an experiment without runs. Raises Conflict if it has any."""
    yield from delete_at(f"/experiments/{(yield from experiment_id(experiment))}")
