"""Submission, listing and changes of experiments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from backend.db import events, experiments, run_views, submissions, workers
from backend.db.database import Database, Session
from backend.db.run_rows import RunRow
from backend.db.submissions import Submission
from backend.db.tables import ExperimentTable
from backend.errors import Conflict, Invalid, NotFound, detail_of, field_error
from backend.notifier import Notifier
from backend.runs.service import bulk
from backend.runs.spec_resolver import SpecResolver
from backend.snapshot import Snapshot, snapshot
from skiplab.contract.events import ExperimentRemovedEvent
from skiplab.contract.experiments import MAX_RUNS, Experiment, ExperimentList, Launch, Launched, NewExperiment
from skiplab.contract.lifecycle import Status
from skiplab.contract.run import Run
from skiplab.contract.run_lists import MOST_AT_ONCE, Bulk
from skiplab.contract.spec import RunSpec


def submit(database: Database, notifier: Notifier, wanted: NewExperiment) -> Launched:
    """Queue all runs in one transaction, then notify workers for as many as can start at once.

    Raises Invalid, NotReady.
    """
    new = _submissions(database, wanted)
    with database.write() as session:
        find = experiments.named if wanted.join else experiments.add
        answer, idle = _launched(session, find(session, wanted.name), new), workers.idle_slots(session)
    _notify(notifier, answer, idle)
    return answer


def extend(database: Database, notifier: Notifier, experiment_id: int, more: Launch) -> Launched:
    """Queue more runs of an existing experiment, such as missing seeds of a claim; return the whole experiment.

    Raises NotFound, Invalid, NotReady.
    """
    new = _submissions(database, more)
    with database.write() as session:
        experiment = experiments.get(session, experiment_id)
        if experiment is None:
            raise NotFound(f"There is no experiment {experiment_id}.")
        answer, idle = _launched(session, experiment, new), workers.idle_slots(session)
    _notify(notifier, answer, idle)
    return answer


def _launched(session: Session, experiment: ExperimentTable, new: Sequence[Submission]) -> Launched:
    """Queue the runs, and return the whole experiment."""
    assert experiment.id is not None
    made = submissions.add_all(session, [replace(each, experiment_id=experiment.id) for each in new])
    whole = _view(session, experiment, experiments.rows_of(session, [experiment.id]))
    return Launched(**dict(whole), launched=[run.id for run in made if run.id is not None])


def _submissions(database: Database, launch: Launch) -> list[Submission]:
    combinations = list(_combinations(launch.vary, launch.spec))
    # Validate before taking the write lock: hundreds of specs take a while.
    with database.read() as session:
        resolver = SpecResolver.read(session)
    specs = [_spec(resolver, launch, combination) for combination in combinations]
    resolver.check(specs)
    return [
        Submission(spec, _name(spec, combination), launch.tags, priority=launch.priority)
        for spec, combination in zip(specs, combinations, strict=True)
    ]


def newest(database: Database, *, empty: bool = False, name: str | None = None) -> Snapshot[ExperimentList]:
    """Return all experiments, or those without runs, or those of one name."""
    with database.read() as session:
        found = experiments.empty(session, name=name) if empty else experiments.all(session, name=name)
        rows = experiments.rows_of(session, [experiment.id for experiment in found if experiment.id is not None])
        return snapshot(session, ExperimentList(items=_views(session, found, rows)))


def read(database: Database, experiment_id: int) -> Snapshot[Experiment]:
    """Return an experiment. Raises NotFound."""
    with database.read() as session:
        experiment = experiments.get(session, experiment_id)
        if experiment is None:
            raise NotFound(f"There is no experiment {experiment_id}.")
        return snapshot(session, _view(session, experiment, experiments.rows_of(session, [experiment_id])))


def _notify(notifier: Notifier, answer: Launched, idle: int) -> None:
    """Notify workers for as many runs as can start at once.

    Stops at the first refusal: each attempt delays the response, and the reconciler notifies again.
    """
    waiting = [run for run in answer.runs if run.status == Status.QUEUED]
    for run in waiting[: max(idle, 1)]:
        if not notifier.notify_run(run.id):
            return


def change_runs(database: Database, home: Path, experiment_id: int, action: Literal["cancel", "archive"]) -> Experiment:
    """Apply an action to all runs that allow it, in batches. Raises NotFound."""
    ids = [run.id for run in read(database, experiment_id).value.runs]
    for start in range(0, len(ids), MOST_AT_ONCE):
        bulk(database, home, Bulk(action=action, runs=ids[start : start + MOST_AT_ONCE]))
    return read(database, experiment_id).value


def delete(database: Database, experiment_id: int) -> None:
    """Delete an empty experiment. Raises NotFound, and Conflict if it has runs."""
    with database.write() as session:
        experiment = experiments.get(session, experiment_id)
        if experiment is None:
            raise NotFound(f"There is no experiment {experiment_id}.")
        if count := len(experiments.rows_of(session, [experiment_id])):
            raise Conflict(
                f"Experiment {experiment_id} has {count} run{'s' * (count > 1)}, archived ones included: delete"
                f" {'them' if count > 1 else 'it'} first."
            )
        session.delete(experiment)
        events.append(session, ExperimentRemovedEvent(experiment=experiment_id))


def specs_of(resolver: SpecResolver, launch: Launch) -> list[RunSpec]:
    """Return one spec per combination of the fields that vary. Raises Invalid."""
    return [_spec(resolver, launch, combination) for combination in _combinations(launch.vary, launch.spec)]


def _combinations(vary: Mapping[str, list[Any]], spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    empty = [field for field, values in vary.items() if not values]
    if empty:
        raise _invalid(f"vary.{empty[0]}", [], "must have at least one value")
    both = [field for field in vary if field in spec]
    if both:
        raise _invalid(f"vary.{both[0]}", vary[both[0]], "is also given in spec; give it once")
    count = prod(len(values) for values in vary.values())
    if count > MAX_RUNS:
        raise _invalid(
            "vary",
            count,
            f"makes {'more than a million' if count > 10**6 else count} runs; at most {MAX_RUNS}",
        )
    return (dict(zip(vary, values, strict=True)) for values in product(*vary.values()))


def _spec(resolver: SpecResolver, launch: Launch, combination: Mapping[str, Any]) -> RunSpec:
    resolved = resolver.resolve({**launch.spec, **combination}, launch.preset)
    try:
        return RunSpec.model_validate(resolved.fields)
    except ValidationError as error:
        errors = []
        for problem in error.errors():
            field = field_error(problem)
            field.field = f"{'vary' if field.field.split('.')[0] in combination else 'spec'}.{field.field}"
            errors.append(field)
        raise Invalid(detail_of(errors), errors=errors) from None


def _name(spec: RunSpec, combination: Mapping[str, Any]) -> str:
    """The network and the values of the varying fields."""
    rest = [f"{field} {value}" for field, value in combination.items() if field != "model"]
    return ", ".join([spec.model, *rest])


def _view(session: Session, row: ExperimentTable, rows: Sequence[RunRow]) -> Experiment:
    (experiment,) = _views(session, [row], rows)
    return experiment


def _views(session: Session, experiments: Sequence[ExperimentTable], rows: Sequence[RunRow]) -> list[Experiment]:
    """Convert rows with a constant number of queries."""
    found: dict[int, list[Run]] = {}
    for run in run_views.of_rows(session, rows):
        if run.experiment is not None:
            found.setdefault(run.experiment.id, []).append(run)
    return [
        Experiment(id=each.id, name=each.name, created_at=each.created_at, runs=found.get(each.id, []))
        for each in experiments
        if each.id is not None
    ]


def _invalid(field: str, value: Any, message: str) -> Invalid:
    return Invalid.of(field, value, message)
