"""Estimating, launching and waiting."""

from collections import Counter
from typing import Annotated, Any

import anyio
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

from skiplab.client import WaitTimeout
from skiplab.contract.access import Budget
from skiplab.contract.estimates import Estimate
from skiplab.contract.experiments import PLANNED_SEEDS
from skiplab.contract.lifecycle import ENDED, Status
from skiplab.contract.run import Run
from skiplab.mcp.answers import Answer, shortened
from skiplab.mcp.chosen import ExperimentGiven, RunsGiven, chosen, runs_of
from skiplab.mcp.door import Call, opened

POLL_SECONDS = 2.0
"""Many agents may wait at once."""

STEP_SECONDS = 10.0
"""Between two reports of progress while waiting."""

LONGEST_WAIT = 600

Spec = Annotated[
    dict[str, Any] | None, Field(description='Fields that all runs share, such as {"dataset": "digits", "epochs": 5}.')
]
Vary = Annotated[
    dict[str, list[Any]] | None,
    Field(
        description='Values by field; one run per combination: {"model": ["cnn", "senet"], "seed": [0, 1, 2, 3, 4]}.'
    ),
]
Preset = Annotated[str | None, Field(description="Key of a preset for fields that are not given.")]
Key = Annotated[
    str | None,
    Field(description="Any unique text: for 24 hours, a repeat of this launch with the same key queues nothing more."),
]


class Estimated(Answer):
    n: int = Field(description="Runs that a launch would queue.")
    seconds: float | None = Field(description="Until the last ends, if nothing else is queued; null: unknown.")
    devices: int


class Launched(Answer):
    experiment: int | None
    n: int = Field(description="Runs queued.")
    runs: list[int]
    seconds: float | None = Field(description="Estimated before the launch; null: unknown.")
    budget: Budget | None = Field(description="What this token may still queue; null: unlimited.")


class Pending(BaseModel):
    """A run that has not ended, or has ended badly."""

    run: int
    name: str
    status: Status
    epoch: int
    epochs: int | None
    eta_seconds: float | None
    reason: str | None


class Waited(Answer):
    ended: bool = Field(description="Whether all have ended; if not, call it again.")
    n: int = Field(description="Runs waited for.")
    by_status: dict[str, int]
    runs: list[Pending] = Field(description="Those that have not finished.")


async def estimate(call: Call, spec: Spec = None, vary: Vary = None, preset: Preset = None) -> Estimated:
    """Estimate how many runs a launch makes and how long it takes. Queues nothing."""
    async with opened(call) as lab:
        found = await lab.estimate(spec, vary=vary, preset=preset)
    return Estimated(
        n=found.runs, seconds=found.seconds, devices=found.slots, caveats=[*_of_time(found), *_of_seeds(vary)]
    )


async def launch(
    call: Call,
    spec: Spec = None,
    vary: Vary = None,
    preset: Preset = None,
    experiment: Annotated[
        int | str | None, Field(description="Experiment to join, by number or name; a new name begins one.")
    ] = None,
    key: Key = None,
) -> Launched:
    """Queue runs: one, or one per combination of the values that vary. Compare configurations on the same seeds."""
    async with opened(call) as lab:
        expected = await lab.estimate(spec, vary=vary, preset=preset)
        made = await lab.submit(
            spec, vary=vary, preset=preset, experiment=experiment, tags=["agent"], idempotency_key=key
        )
        budget = await lab.budget()
    return Launched(
        experiment=None if made.experiment is None else made.experiment.id,
        n=len(made.runs),
        runs=[run.id for run in made.runs],
        seconds=expected.seconds,
        budget=budget,
        caveats=[*_of_time(expected), *_of_seeds(vary)],
    )


async def wait(
    call: Call,
    experiment: ExperimentGiven = None,
    runs: RunsGiven = None,
    seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT, description="Longest wait; the runs go on.")] = 50,
) -> Waited:
    """Wait until runs have ended, or until the time is up."""
    deadline = anyio.current_time() + seconds
    async with opened(call) as lab:
        found = await runs_of(lab, chosen(experiment, runs))
        while not _ended(found) and (left := deadline - anyio.current_time()) > 0:
            try:
                found = await lab.wait(found, timeout=min(left, STEP_SECONDS), poll=min(left, POLL_SECONDS))
            except WaitTimeout as late:
                found = late.runs
            await call.report_progress(sum(run.progress or 0.0 for run in found), len(found))
    return _waited(found)


def _ended(runs: list[Run]) -> bool:
    return all(run.status in ENDED for run in runs)


def _waited(runs: list[Run]) -> Waited:
    if not runs:
        raise ToolError("The experiment has no runs.")
    caveats: list[str] = []
    unfinished = [run for run in runs if run.status != Status.FINISHED]
    if bad := [run.id for run in unfinished if run.status in ENDED]:
        caveats.append(f"Runs {bad} ended without finishing: they count for nothing.")
    listed = shortened(unfinished, caveats, "unfinished runs")
    return Waited(
        ended=_ended(runs),
        n=len(runs),
        by_status=dict(Counter(str(run.status) for run in runs)),
        runs=[Pending.model_validate({**run.model_dump(), "run": run.id}) for run in listed],
        caveats=caveats,
    )


def _of_time(found: Estimate) -> list[str]:
    caveats = {
        "measured": "The time is estimated from earlier runs of these networks; it has no interval.",
        "flops": "The time is estimated from FLOPs, roughly; it has no interval.",
        "unknown": "The time is unknown: nothing like it has run yet.",
    }
    return [caveats[found.basis], *([] if found.slots else ["No worker is online: nothing starts."])]


def _of_seeds(vary: dict[str, list[Any]] | None) -> list[str]:
    seeds = len((vary or {}).get("seed", [None]))
    if seeds >= PLANNED_SEEDS:
        return []
    return [f"n = {seeds} per configuration; a claim is usually judged on {PLANNED_SEEDS} seeds or more."]
