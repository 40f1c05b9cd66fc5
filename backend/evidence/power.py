"""Power analysis: how many seeds per cell a claim needs, if effect and spread are as the first seeds show."""

from math import ceil
from statistics import NormalDist, fmean

from backend.evidence.claim import Expect
from backend.evidence.judgement import PartVerdict, Verdict
from backend.evidence.sequential import alpha_of

PLANNED_SEEDS = 5
"""Seeds of an experiment by default."""

MOST_SEEDS = 20
"""An effect that needs more is too small to matter here."""

POWER = 0.8


def seeds_for(part: PartVerdict, analyses: int) -> int:
    """Seeds per cell for a power of 0.8 at the next analysis, by the normal approximation plus one; at most
    MOST_SEEDS + 1. From fewer than PLANNED_SEEDS nothing is extrapolated: then it is that number."""
    spreads = [each.sd for each in part.roles if each.sd is not None]
    counts = [each.n for each in part.roles] if part.pairs is None else [part.pairs]
    guess = min(counts) < PLANNED_SEEDS or len(spreads) < len(part.roles)
    if part.effect is None or guess or part.verdict != Verdict.INCONCLUSIVE:
        return PLANNED_SEEDS
    same = part.expect == Expect.SAME
    edge = part.margin if part.expect != Expect.LESS else -part.margin
    distance = part.margin - abs(part.effect) if same else abs(part.effect - edge)
    # More seeds after a verdict are another analysis.
    alpha = alpha_of(analyses + 1)
    variance = fmean(spread**2 for spread in spreads) * len(spreads)
    if distance <= 0:
        return MOST_SEEDS + 1
    quantiles = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(POWER)
    return ceil(min(variance * (quantiles / distance) ** 2 + 1, MOST_SEEDS + 1))
