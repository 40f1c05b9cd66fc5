"""Runs and experiments by number or name."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from skiplab.client.errors import Ambiguous, NotFound
from skiplab.client.steps import Steps, get
from skiplab.contract.experiments import Experiment, ExperimentList
from skiplab.contract.run import ExperimentRef, Run
from skiplab.contract.run_lists import RunPage

MOST_NAMED = 10
"""Runs of one name that an error lists."""


@dataclass(frozen=True)
class Submitted:
    """What a submission has queued."""

    runs: list[Run]
    experiment: ExperimentRef | None

    @property
    def run(self) -> Run:
        """The only run. Raises ValueError if there are several."""
        (run,) = self.runs
        return run


WhichRun: TypeAlias = int | str | Run
"""A run: its number, its name, or itself. A name of digits is taken for a number."""

WhichExperiment: TypeAlias = int | str | Experiment | ExperimentRef
"""An experiment: its number, its name (the newest one of that name), or itself."""

WhichRuns: TypeAlias = WhichRun | Iterable[WhichRun] | Submitted | Experiment
"""One run or several."""


def run_id(run: WhichRun) -> Steps[int]:
    """Return a run's number. Raises NotFound, Ambiguous."""
    if isinstance(run, Run):
        return run.id
    if isinstance(run, int):
        return run
    if run.isdecimal():
        return int(run)
    found = yield from get("/runs", RunPage, name=run, archived="all", limit=MOST_NAMED)
    if not found.items:
        raise NotFound(f"There is no run named {run!r}.", status=404)
    if len(found.items) > 1:
        raise Ambiguous(run, [each.id for each in found.items])
    return found.items[0].id


def run_ids(runs: WhichRuns) -> Steps[list[int]]:
    """Return the numbers of runs, in the order given. Raises NotFound, Ambiguous."""
    if isinstance(runs, Submitted | Experiment):
        return [run.id for run in runs.runs]
    if isinstance(runs, int | str | Run):
        return [(yield from run_id(runs))]
    ids = []
    for run in runs:
        ids.append((yield from run_id(run)))
    return ids


def experiment_id(experiment: WhichExperiment) -> Steps[int]:
    """Return an experiment's number. Raises NotFound."""
    if isinstance(experiment, Experiment | ExperimentRef):
        return experiment.id
    if isinstance(experiment, int):
        return experiment
    if experiment.isdecimal():
        return int(experiment)
    if (found := (yield from newest_named(experiment))) is None:
        raise NotFound(f"There is no experiment named {experiment!r}.", status=404)
    return found.id


def newest_named(name: str) -> Steps[Experiment | None]:
    """Return the newest experiment of this name; None if there is none."""
    found = yield from get("/experiments", ExperimentList, name=name)
    return found.items[0] if found.items else None


def selection(runs: WhichRuns | None, experiment: WhichExperiment | None) -> Steps[dict[str, str | int]]:
    """Return the query that names runs or an experiment. Raises ValueError unless exactly one is given."""
    if (runs is None) == (experiment is None):
        raise ValueError("give either runs or an experiment")
    if experiment is not None:
        return {"experiment": (yield from experiment_id(experiment))}
    assert runs is not None
    return {"runs": ",".join(map(str, (yield from run_ids(runs))))}
