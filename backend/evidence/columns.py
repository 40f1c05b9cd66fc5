"""Measures of runs and cells, as columns of tables, API and export."""

from collections.abc import Iterable, Mapping, Sequence

from backend.evidence import measures
from backend.evidence.cells import Cell, curve
from backend.evidence.definitions import Defined
from backend.evidence.derived import selected_on
from backend.evidence.final_value import AnyMeasure, FinalValue
from backend.evidence.intervals import summarise
from backend.evidence.labels import labels
from backend.evidence.measures import Measure
from backend.evidence.numbers import mean_and_sd, quantity
from backend.evidence.records import NetworkFacts, RunRecord
from backend.evidence.schemas import CellCurve, CellView, MeasureCard, RunMeasures
from backend.evidence.seed_values import Sample, collect
from skiplab.contract.evidence import CellSummary, Kind
from skiplab.contract.quantities import Quantity


def offered(own: Iterable[Quantity]) -> list[AnyMeasure]:
    """The lab's measures, and the final values of plugins' quantities."""
    return [*Measure, *map(FinalValue, own)]


def cards(runs: Iterable[RunRecord], offered: Sequence[AnyMeasure] = tuple(Measure)) -> list[MeasureCard]:
    """Describe every measure; a label at the best epoch says which set selected that epoch."""
    chosen = selected_on(runs)
    return [
        MeasureCard(
            key=measure,
            label=measure.label + (f" ({chosen})" if chosen and measure.definition.at_best else ""),
            unit=measure.unit,
            kind=measure.kind,
            better=measure.definition.better,
            lower_is_better=measure.definition.better == "lower",
        )
        for measure in offered
    ]


def run_measures(groups: Sequence[Cell], target: float, offered: Sequence[AnyMeasure]) -> list[RunMeasures]:
    return [
        _of_run(run, index, {measure: _value(run, measure, target) for measure in offered})
        for index, cell in enumerate(groups)
        for run in cell.runs
    ]


def _of_run(run: RunRecord, cell: int, values: Mapping[AnyMeasure, float | None]) -> RunMeasures:
    texts = {measure: quantity(value, measure.unit) for measure, value in values.items() if value is not None}
    return RunMeasures(run=run.id, cell=cell, seed=run.spec.seed, values=dict(values), texts=texts)


def _value(run: RunRecord, measure: Defined, target: float) -> float | None:
    if measure.kind == Kind.FACT:
        return measures.fact([run], measure)
    if measure.kind == Kind.TIME:
        time = measures.time_to_target(run, measure, target)
        return None if time is None else time.reached
    return measures.value(run, measure)


def cell_views(
    groups: Sequence[Cell],
    networks: Mapping[str, NetworkFacts],
    target: float,
    offered: Sequence[AnyMeasure] = tuple(Measure),
) -> list[CellView]:
    summaries = _summaries(groups, target, offered)
    return [
        CellView(
            label=label,
            model=str(cell.fields["model"]),
            runs=[run.id for run in cell.runs],
            seeds=sorted(cell.seeds),
            summaries=found,
        )
        for cell, label, found in zip(groups, labels(groups, networks), summaries, strict=True)
    ]


def _summaries(
    groups: Sequence[Cell], target: float, offered: Sequence[AnyMeasure]
) -> list[dict[AnyMeasure, CellSummary]]:
    """Summarise the measures of each cell. Times of all cells are restricted to one budget, to be comparable."""
    found: list[dict[AnyMeasure, CellSummary]] = [{} for _ in groups]
    named = {str(place): cell for place, cell in enumerate(groups)}
    for measure in offered:
        samples, _ = collect(measure, named, target if measure.kind == Kind.TIME else None)
        for summaries, sample in zip(found, samples.values(), strict=True):
            if (summary := _summary(sample, measure)) is not None:
                summaries[measure] = summary
    return found


def _summary(sample: Sample, measure: Defined) -> CellSummary | None:
    summary = summarise(sample.values)
    if summary is None:
        return None
    interval = summary.interval() if measure.kind != Kind.FACT else None
    reached = sample.reached
    return CellSummary(
        n=summary.n,
        mean=summary.mean,
        sd=summary.sd,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        reached=reached,
        text=mean_and_sd(summary.mean, summary.sd, measure.unit)
        + ("" if reached is None or reached == summary.n else f" ({reached} of {summary.n})"),
    )


def cell_curve(place: int, cell: Cell, label: str, key: str) -> CellCurve:
    points = list(curve(cell.shown, key))
    return CellCurve(
        cell=place,
        label=label,
        runs=[run.id for run in cell.shown if run.get(key)],
        key=key,
        epoch=[point.epoch for point in points],
        n=[point.summary.n for point in points],
        mean=[point.summary.mean for point in points],
        sd=[point.summary.sd for point in points],
        low=[point.interval.low if point.interval else None for point in points],
        high=[point.interval.high if point.interval else None for point in points],
    )
