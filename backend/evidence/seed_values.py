"""The samples behind a measure: one value per seed of each cell."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.evidence import measures
from backend.evidence.cells import Cell
from backend.evidence.censoring import TimeToTarget, restrict
from backend.evidence.definitions import Defined
from skiplab.contract.evidence import Kind


@dataclass(frozen=True)
class Sample:
    """One role's values of one measure."""

    values: tuple[float, ...]
    seeds: tuple[int, ...]
    runs: tuple[int, ...]
    reached: int | None = None


def collect(
    measure: Defined, cells: Mapping[str, Cell], target: float | None
) -> tuple[dict[str, Sample], float | None]:
    """Return one value per seed for each role, and the budget that times were restricted to (None: unrestricted)."""
    if measure.kind == Kind.FACT:
        return {role: _fact(measure, cell) for role, cell in cells.items()}, None
    if target is None:
        return {role: _values(measure, cell) for role, cell in cells.items()}, None
    return _times(measure, cells, target)


def _fact(measure: Defined, cell: Cell) -> Sample:
    found = measures.fact(cell.runs, measure)
    return Sample(() if found is None else (float(found),), (), tuple(run.id for run in cell.runs))


def _values(measure: Defined, cell: Cell) -> Sample:
    found = [(seed, run.id, measures.value(run, measure)) for seed, run in cell.seeds.items()]
    kept = [(seed, id, value) for seed, id, value in found if value is not None]
    return Sample(tuple(v for _, _, v in kept), tuple(s for s, _, _ in kept), tuple(id for _, id, _ in kept))


def _times(measure: Defined, cells: Mapping[str, Cell], target: float) -> tuple[dict[str, Sample], float | None]:
    times: list[list[TimeToTarget]] = []
    known: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    for cell in cells.values():
        found = [(s, run.id, measures.time_to_target(run, measure, target)) for s, run in cell.seeds.items()]
        kept = [(seed, id, time) for seed, id, time in found if time is not None]
        times.append([time for _, _, time in kept])
        known.append((tuple(seed for seed, _, _ in kept), tuple(id for _, id, _ in kept)))
    restricted = restrict(times)
    samples = {
        role: Sample(values, seeds, runs, arrived)
        for role, values, (seeds, runs), arrived in zip(
            cells, restricted.values, known, restricted.arrived, strict=True
        )
    }
    return samples, restricted.budget
