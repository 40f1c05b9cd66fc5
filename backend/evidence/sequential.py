"""Sequential analysis: how many verdicts could be seen before the last seeds were added, and the alpha left."""

from collections.abc import Sequence

from backend.evidence.cells import Cell
from backend.evidence.intervals import MIN_SEEDS
from backend.evidence.records import RunRecord
from skiplab.contract.lifecycle import Status

ALPHA = 0.05
"""Alpha of the first analysis, and of a set of claims together."""


def alpha_of(analysis: int) -> float:
    """Return the alpha of an analysis: 0 is the one planned at launch, each later one has half (alpha spending).

    The two-sided alphas sum to less than 0.1, so "supported", which is one-sided, stays below 0.05 however many
    analyses follow; for equivalence each of the two one-sided tests spends one side as well.
    """
    return ALPHA * 0.5**analysis


def interim_analyses(cells: Sequence[Cell], *, paired: bool = False) -> int:
    """Return how often a verdict could be seen before seeds were added; 0 if all seeds were planned up front.

    Derived from the runs: whether anybody looked is unknown, that they could have is certain. Unselected runs of the
    same experiment count as well: leaving out the first seeds does not make them unseen.
    """
    runs = sorted(
        (run for cell in cells for run in cell.all if run.created_at is not None),
        key=lambda run: (run.created_at, run.id),
    )
    return sum(_a_verdict_was_possible(run, runs, cells, paired) for run in runs)


def _a_verdict_was_possible(added: RunRecord, runs: Sequence[RunRecord], cells: Sequence[Cell], paired: bool) -> bool:
    """When `added` was created every earlier run had ended, and there were enough seeds, or pairs, for a verdict."""
    created = added.created_at
    assert created is not None
    earlier = [run for run in runs if run.created_at is not None and (run.created_at, run.id) < (created, added.id)]
    if any(run.finished_at is None or run.finished_at > created for run in earlier):
        return False
    known = {run.id for run in earlier if run.status == Status.FINISHED}
    seeds = [{run.spec.seed for run in cell.all if run.id in known} for cell in cells]
    counted = [set.intersection(*seeds)] if paired else seeds
    return all(len(each) >= MIN_SEEDS for each in counted)
