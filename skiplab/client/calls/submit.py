"""Queueing runs, and what they would take."""

from collections.abc import Mapping, Sequence
from typing import Any

from skiplab.client.calls.lookup import Submitted, WhichExperiment, newest_named
from skiplab.client.steps import Steps, ask, get, new_key, patch, post
from skiplab.contract.estimates import Estimate
from skiplab.contract.experiments import Experiment
from skiplab.contract.run import ExperimentRef, Run


def submit(
    spec: Mapping[str, Any] | None = None,
    *,
    vary: Mapping[str, Sequence[Any]] | None = None,
    preset: str | None = None,
    name: str | None = None,
    experiment: WhichExperiment | None = None,
    tags: Sequence[str] = (),
    priority: str | None = None,
    idempotency_key: str | None = None,
    **fields: Any,
) -> Steps[Submitted]:
    """Queue a run, or with `vary` one for each combination of values: `submit(model="cnn", vary={"seed": [0, 1]})`.

    `spec`, `fields`: fields of the run spec, as listed by `GET /fields` and in docs; the lab fills in the others.
    `experiment`: the one to join; a name that does not exist yet begins one. Several runs always belong to one, by
    default a new one named after what varies. `name`: of a single run. `idempotency_key`: for 24 hours, a submission
    with the same key queues nothing more.

    Raises Invalid, whose `errors` name each unusable field.
    """
    given = {**(spec or {}), **fields}
    more = _without_none(preset=preset, tags=list(tags) or None, priority=priority)
    key = idempotency_key or new_key()
    home = yield from _home(experiment)
    if not vary and not isinstance(home, str):
        body = {**given, **more, **_without_none(name=name, experiment=home)}
        run = yield from post("/runs", Run, body, key=key)
        return Submitted([run], run.experiment)
    launch = {"vary": dict(vary or {}), "spec": given, **more}
    if isinstance(home, int):
        before = {run.id for run in (yield from get(f"/experiments/{home}", Experiment)).runs}
        whole = yield from post(f"/experiments/{home}/runs", Experiment, launch, key=key)
        new = [run for run in whole.runs if run.id not in before]
    else:
        title = home or name or f"Vary {', '.join(vary or {})}"
        whole = yield from post("/experiments", Experiment, {"name": title, **launch}, key=key)
        new = whole.runs
    if name is not None and not vary:
        new = [(yield from patch(f"/runs/{new[0].id}", Run, {"name": name}))]
    return Submitted(new, ExperimentRef(id=whole.id, name=whole.name))


def estimate(
    spec: Mapping[str, Any] | None = None,
    *,
    vary: Mapping[str, Sequence[Any]] | None = None,
    preset: str | None = None,
    **fields: Any,
) -> Steps[Estimate]:
    """Estimate the number of runs of a submission and their time, without queueing. Raises Invalid."""
    body = {"vary": dict(vary or {}), "spec": {**(spec or {}), **fields}, **_without_none(preset=preset)}
    return (yield from ask("/estimate", Estimate, body))


def _home(experiment: WhichExperiment | None) -> Steps[int | str | None]:
    """Return the number of the experiment to join, the name of one to begin, or None."""
    if experiment is None or isinstance(experiment, int):
        return experiment
    if isinstance(experiment, Experiment | ExperimentRef):
        return experiment.id
    if experiment.isdecimal():
        return int(experiment)
    found = yield from newest_named(experiment)
    return experiment if found is None else found.id


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
