"""The statistics of one part of a claim: effect, interval, p-values and the verdict that they give. No sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from backend.evidence.claim import Part
from backend.evidence.effect import hedges_g
from backend.evidence.intervals import Estimate, Interval, Summary, contrast, paired, summarise
from backend.evidence.permutation import Permutation, permutation
from backend.evidence.seed_values import Sample
from skiplab.contract.evidence import Expect, Kind, Verdict


@dataclass(frozen=True)
class PartData:
    """The data that a part is tested on: one sample per weighted role."""

    part: Part
    paired: bool
    samples: Mapping[str, Sample]
    alpha: float
    target: float | None = None
    """Target accuracy of a time; None for other measures."""
    budget: float | None = None
    """What times are restricted to; None if every run reached the target."""

    @cached_property
    def summaries(self) -> Mapping[str, Summary]:
        """Summaries of the roles that have any value."""
        found = {role: summarise(sample.values) for role, sample in self.samples.items()}
        return {role: summary for role, summary in found.items() if summary is not None}

    @property
    def unmeasured(self) -> str | None:
        """The first role without any value."""
        return next((role for role in self.samples if role not in self.summaries), None)

    @cached_property
    def pairs(self) -> frozenset[int]:
        """The seeds that all roles have."""
        return frozenset.intersection(*(frozenset(sample.seeds) for sample in self.samples.values()))

    @property
    def difference(self) -> tuple[Sample, Sample] | None:
        """The two samples of a simple difference, minuend first; None for other weights."""
        weighed = sorted(((weight, role) for role, weight in self.part.weights.items() if weight), reverse=True)
        if [weight for weight, _ in weighed] != [1, -1]:
            return None
        return self.samples[weighed[0][1]], self.samples[weighed[1][1]]


@dataclass(frozen=True)
class Outcome:
    """The result of a test. `verdict` is by the numbers alone; a finding may still bar it."""

    verdict: Verdict
    effect: float | None = None
    interval: Interval | None = None
    p: float | None = None
    hedges_g: float | None = None
    permutation: Permutation | None = None


def tested(data: PartData) -> Outcome:
    """Test a part; untested if a role has no value."""
    if data.unmeasured is not None:
        return Outcome(Verdict.UNTESTED)
    effect = sum(data.part.weights[role] * summary.mean for role, summary in data.summaries.items())
    if data.part.measure.kind == Kind.FACT:
        return _test_fact(effect, data.part)
    return _test_samples(effect, data)


def _test_fact(effect: float, part: Part) -> Outcome:
    support, _ = _p_values(Estimate(effect, 0.0, 1), part)
    # A fact exactly on the margin does not exceed it.
    return Outcome(Verdict.SUPPORTED if support == 0 else Verdict.REFUTED, effect=effect, p=0.0)


def _test_samples(effect: float, data: PartData) -> Outcome:
    estimate = _estimate(data)
    pair = data.difference
    g = hedges_g(*(summary for sample in pair if (summary := summarise(sample.values)))) if pair else None
    exact = permutation(pair[0].values, pair[1].values) if pair and not data.paired else None
    if estimate is None:
        return Outcome(Verdict.INCONCLUSIVE, effect=effect, hedges_g=g, permutation=exact)
    support, refute = _p_values(estimate, data.part)
    return Outcome(
        _decide(support, refute, data.alpha),
        effect=estimate.value,
        interval=estimate.interval(data.alpha),
        p=min(support, refute),
        hedges_g=g,
        permutation=exact,
    )


def _estimate(data: PartData) -> Estimate | None:
    weights = data.part.weights
    if not data.paired:
        return contrast([(weights[role], summary) for role, summary in data.summaries.items()])
    by_seed = {role: dict(zip(sample.seeds, sample.values, strict=True)) for role, sample in data.samples.items()}
    return paired([sum(weights[role] * by_seed[role][seed] for role in by_seed) for seed in sorted(data.pairs)])


def _p_values(estimate: Estimate, part: Part) -> tuple[float, float]:
    """Two-sided p of support and of refutation: below alpha exactly if the interval lies wholly on that side."""
    if part.expect == Expect.SAME:
        outside = min(estimate.p_above(part.margin), estimate.p_below(-part.margin))
        return _two_sided(estimate.p_same(part.margin)), _two_sided(outside)
    edge = part.margin if part.expect == Expect.GREATER else -part.margin
    above, below = _two_sided(estimate.p_above(edge)), _two_sided(estimate.p_below(edge))
    return (above, below) if part.expect == Expect.GREATER else (below, above)


def _two_sided(p: float) -> float:
    return min(1.0, 2 * p)


def _decide(support: float, refute: float, alpha: float) -> Verdict:
    if support < alpha:
        return Verdict.SUPPORTED
    return Verdict.REFUTED if refute < alpha else Verdict.INCONCLUSIVE
