"""Power analysis: seeds per cell that a claim needs, given effect and spread of the first seeds."""

from math import ceil
from statistics import NormalDist, fmean

from backend.evidence.judgement import PartVerdict
from backend.evidence.sequential import alpha_of
from skiplab.contract.evidence import Expect, Verdict
from skiplab.contract.experiments import PLANNED_SEEDS

MOST_SEEDS = 20
"""An effect that needs more is too small to matter here."""

POWER = 0.8


def seeds_for(part: PartVerdict, analyses: int) -> int:
    """Return the seeds per cell for a power of 0.8 at the next analysis, by the normal approximation plus one.

    At most MOST_SEEDS + 1. With fewer than PLANNED_SEEDS so far nothing is extrapolated: then it is PLANNED_SEEDS.
    """
    spreads = [each.sd for each in part.roles if each.sd is not None]
    counts = [each.n for each in part.roles] if part.pairs is None else [part.pairs]
    guess = min(counts) < PLANNED_SEEDS or len(spreads) < len(part.roles)
    if part.effect is None or guess or part.verdict != Verdict.INCONCLUSIVE:
        return PLANNED_SEEDS
    same = part.expect == Expect.SAME
    edge = part.margin if part.expect != Expect.LESS else -part.margin
    distance = part.margin - abs(part.effect) if same else abs(part.effect - edge)
    # Seeds added after a verdict make another analysis.
    alpha = alpha_of(analyses + 1)
    variance = fmean(spread**2 for spread in spreads) * len(spreads)
    if distance <= 0:
        return MOST_SEEDS + 1
    quantiles = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(POWER)
    return ceil(min(variance * (quantiles / distance) ** 2 + 1, MOST_SEEDS + 1))
