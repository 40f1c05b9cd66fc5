"""Results of runs, and configurations side by side."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, Field

from skiplab.client.calls.evidence import Evidence
from skiplab.contract.lifecycle import Status
from skiplab.contract.quantities import Better
from skiplab.contract.run import Best, Run
from skiplab.mcp.answers import Answer, Mean, shortened, single_seeds
from skiplab.mcp.chosen import ExperimentGiven, RunsGiven, chosen, runs_of
from skiplab.mcp.door import Call, opened

MOST_POINTS = 12
"""Points of a curve."""

DEFAULT_KEYS = ["test/accuracy", "test/loss"]
DEFAULT_MEASURES = ["best_accuracy", "final_accuracy", "training_seconds"]


class Curve(BaseModel):
    """A metric of one run, sampled."""

    epoch: list[int | None]
    value: list[float | None]


class RunResult(BaseModel):
    run: int
    name: str
    status: Status
    reason: str | None
    epoch: int
    trained_seconds: float
    best: Best | None = Field(description="Best epoch, and the metric that selected it.")
    curves: dict[str, Curve] = Field(description="Metric to at most a dozen points; the last is the final value.")


class Results(Answer):
    n: int = Field(description="Finished runs.")
    runs: list[RunResult]


class Configuration(BaseModel):
    """Runs that differ in the seed only."""

    label: str
    model: str
    n: int = Field(description="Finished runs.")
    seeds: list[int]
    runs: list[int]
    measures: dict[str, Mean]


class MeasureMeaning(BaseModel):
    label: str
    unit: str = Field(description="`%`: the value is a fraction.")
    better: Better


class Comparison(Answer):
    n: int = Field(description="Finished runs of all configurations.")
    measures: dict[str, MeasureMeaning]
    other_measures: list[str] = Field(description="Keys that may be asked for.")
    configurations: list[Configuration]


async def results(
    call: Call,
    experiment: ExperimentGiven = None,
    runs: RunsGiven = None,
    metrics: Annotated[
        list[str] | None, Field(description="Such as test/accuracy or train/loss.", max_length=6)
    ] = None,
) -> Results:
    """Return each run's status, best epoch and curves."""
    caveats = ["One run shows one seed; `compare` has means and intervals over seeds."]
    async with opened(call) as lab:
        found = await runs_of(lab, chosen(experiment, runs))
        listed: list[Run] = shortened(found, caveats, "runs")
        series = await lab.series(listed, metrics or DEFAULT_KEYS, max_points=MOST_POINTS) if listed else []
    curves: dict[int, dict[str, Curve]] = {}
    for each in series:
        curves.setdefault(each.run, {})[each.key] = Curve(epoch=each.epoch, value=each.value)
    if any(run.best and run.best.selected_on == "test" for run in found):
        caveats.append("Best epochs were selected on the test set, which flatters them.")
    return Results(
        n=_finished(found),
        runs=[RunResult(run=run.id, curves=curves.get(run.id, {}), **_shown(run)) for run in listed],
        caveats=[*caveats, *_of_unfinished(found)],
    )


async def compare(
    call: Call,
    experiment: ExperimentGiven = None,
    runs: RunsGiven = None,
    measures: Annotated[
        list[str] | None, Field(description="Keys of measures, such as best_accuracy.", max_length=12)
    ] = None,
) -> Comparison:
    """Compare configurations: mean, SD and 95% interval over the seeds of each. Gives no verdict."""
    caveats = ["Nothing was tested here: overlapping or separate intervals are no verdict; call `judge`."]
    async with opened(call) as lab:
        which = chosen(experiment, runs)
        found = await runs_of(lab, which)
        evidence = await lab.evidence(**which)
    wanted = measures or DEFAULT_MEASURES
    known = {card.key: card for card in evidence.measures}
    caveats += [f"There is no measure {key!r}." for key in wanted if key not in known]
    cells = _configurations(evidence, wanted)
    caveats += [*single_seeds([each.n for each in cells]), *_of_unfinished(found), *evidence.problems]
    return Comparison(
        n=_finished(found),
        measures={
            key: MeasureMeaning.model_validate(known[key], from_attributes=True) for key in wanted if key in known
        },
        other_measures=[key for key in known if key not in wanted],
        configurations=shortened(cells, caveats, "configurations"),
        caveats=caveats,
    )


def _configurations(evidence: Evidence, measures: Iterable[str]) -> list[Configuration]:
    return [
        Configuration(
            label=cell.label,
            model=cell.model,
            n=len(cell.seeds),
            seeds=cell.seeds,
            runs=cell.runs,
            measures={key: Mean.of(cell.summaries[key]) for key in measures if key in cell.summaries},
        )
        for cell in evidence.cells
    ]


def _shown(run: Run) -> dict[str, Any]:
    return run.model_dump(include={"name", "status", "reason", "epoch", "trained_seconds", "best"})


def _finished(runs: Iterable[Run]) -> int:
    return sum(run.status == Status.FINISHED for run in runs)


def _of_unfinished(runs: list[Run]) -> list[str]:
    left = [run.id for run in runs if run.status != Status.FINISHED]
    return [f"{len(left)} of {len(runs)} runs have not finished."] if left else []
