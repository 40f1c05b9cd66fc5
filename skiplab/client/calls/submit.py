"""Queueing runs, and what they would take."""

from collections.abc import Mapping, Sequence
from typing import Any

from skiplab.client.calls.lookup import Submitted, WhichExperiment
from skiplab.client.steps import Steps, ask, post
from skiplab.contract.estimates import Estimate
from skiplab.contract.experiments import Experiment, Launched
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

    `spec`, `fields`: fields of the run spec, as `skiplab submit --help` lists them; the lab fills in the others.
    `experiment`: the one to join; a name that does not exist yet begins one. Several runs always belong to one, by
    default a new one named after what varies. `name`: of a single run. `idempotency_key`: for 24 hours, a submission
    with the same key queues nothing more.

    Raises Invalid, whose `errors` name each unusable field.
    """
    given = {**(spec or {}), **fields}
    more = _without_none(preset=preset, tags=list(tags) or None, priority=priority)
    joined = _home(experiment)
    if not vary:
        where = {"experiment_name": joined} if isinstance(joined, str) else _without_none(experiment=joined)
        run = yield from post("/runs", Run, {**given, **more, **_without_none(name=name), **where}, key=idempotency_key)
        return Submitted([run], run.experiment)
    launch = {"vary": dict(vary), "spec": given, **more}
    if isinstance(joined, int):
        whole = yield from post(f"/experiments/{joined}/runs", Launched, launch, key=idempotency_key)
    else:
        title = {"name": joined or name or f"Vary {', '.join(vary)}", "join": joined is not None}
        whole = yield from post("/experiments", Launched, {**title, **launch}, key=idempotency_key)
    queued = set(whole.launched)
    return Submitted([run for run in whole.runs if run.id in queued], ExperimentRef(id=whole.id, name=whole.name))


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


def _home(experiment: WhichExperiment | None) -> int | str | None:
    """Return the number or the name of the experiment to join."""
    if isinstance(experiment, Experiment | ExperimentRef):
        return experiment.id
    return int(experiment) if isinstance(experiment, str) and experiment.isdecimal() else experiment


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
