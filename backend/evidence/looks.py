"""How often somebody could have seen a verdict before the last seeds were added."""

from collections.abc import Sequence

from backend.evidence.cells import Cell
from backend.evidence.intervals import MIN_SEEDS
from backend.evidence.records import RunRecord
from skiplab.contract.lifecycle import Status


def look(cells: Sequence[Cell], *, paired: bool = False) -> int:
    """0 while all seeds were planned before any verdict; 1 more for each time that seeds came after one.

    Read off the runs themselves: whether somebody did look cannot be known, that they could have is known for certain.
    Runs of the same experiment that were not asked for count: who leaves the first seeds out has seen them too.
    """
    runs = sorted(
        (run for cell in cells for run in cell.all if run.created_at is not None),
        key=lambda run: (run.created_at, run.id),
    )
    return sum(_a_verdict_stood(run, runs, cells, paired) for run in runs)


def _a_verdict_stood(added: RunRecord, runs: Sequence[RunRecord], cells: Sequence[Cell], paired: bool) -> bool:
    """When this run was created every earlier one had ended, and there were seeds, or pairs, enough for a verdict."""
    created = added.created_at
    assert created is not None
    earlier = [run for run in runs if run.created_at is not None and (run.created_at, run.id) < (created, added.id)]
    if any(run.finished_at is None or run.finished_at > created for run in earlier):
        return False
    known = {run.id for run in earlier if run.status == Status.FINISHED}
    seeds = [{run.spec.seed for run in cell.all if run.id in known} for cell in cells]
    witnesses = [set.intersection(*seeds)] if paired else seeds
    return all(len(each) >= MIN_SEEDS for each in witnesses)
