"""One claim on one match: supported, refuted, inconclusive or untested, and why."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from backend.evidence.bars import barred
from backend.evidence.cells import Cell
from backend.evidence.claim import Claim, ClaimSet, Part
from backend.evidence.fairness import findings
from backend.evidence.intervals import summarise
from backend.evidence.judgement import Judgement, PartVerdict
from backend.evidence.match import Match
from backend.evidence.measures import figures_of
from backend.evidence.part_statistics import PartData, tested
from backend.evidence.seed_values import Sample, collect
from backend.evidence.sentences import analysis_text, decisive, part_reason, part_text, verdict_reason
from backend.evidence.sequential import alpha_of, interim_analyses
from skiplab.contract.evidence import Finding, Kind, RoleValues, Verdict


def judge(claim: Claim, claims: ClaimSet, match: Match, target: float | None = None) -> Judgement:
    """Judge a claim on a match. `target` replaces the claim's own, for display: it bars a verdict on times."""
    cells = match.roles
    analyses = interim_analyses(list(cells.values()), paired=claim.paired)
    alpha = alpha_of(analyses)
    found = findings(match, claims, claim, target)
    parts = [
        _judge_part(_data(part, claim, taken_to, cells, alpha), cells, found)
        for part, taken_to in ((part, claims.target_of(part) if target is None else target) for part in claim.parts)
    ]
    deciding = [part for part in parts if part.decides]
    verdict = _together(deciding, alpha)
    roles = {role: str(cell.fields["model"]) for role, cell in cells.items()}
    return Judgement(
        claim=claim.id,
        roles=roles,
        title=" vs. ".join(dict.fromkeys(roles.values())),
        stands_in=match.compares > 0,
        mixed=bool(match.differing),
        recipe=dict(match.shared),
        verdict=verdict,
        why=verdict_reason(verdict, deciding, _p_refuted(deciding), analyses),
        look=analyses,
        level=alpha,
        analysis=analysis_text(analyses, alpha),
        p=_p_together(verdict, deciding),
        decisive=parts.index(deciding[decisive(verdict, deciding)]),
        parts=parts,
        findings=found,
        figures=figures_of((part.measure, part.target) for part in parts),
        runs=sorted({run.id for cell in cells.values() for run in cell.runs}),
    )


def _together(parts: Sequence[PartVerdict], alpha: float) -> Verdict:
    """Supported if every part is; refuted if one is, after correction for the number of parts."""
    verdicts = [part.verdict for part in parts]
    refuted = _p_refuted(parts)
    if refuted is not None and refuted < alpha:
        return Verdict.REFUTED
    if Verdict.UNTESTED in verdicts:
        return Verdict.UNTESTED
    return Verdict.SUPPORTED if set(verdicts) == {Verdict.SUPPORTED} else Verdict.INCONCLUSIVE


def _p_refuted(parts: Sequence[PartVerdict]) -> float | None:
    """The smallest p of the refuted parts times the number of sampled parts (Bonferroni); facts have p = 0."""
    chances = sum(part.measure.kind != Kind.FACT for part in parts)
    ps = [part.p for part in parts if part.verdict == Verdict.REFUTED and part.p is not None]
    return min(1.0, chances * min(ps)) if ps else None


def _p_together(verdict: Verdict, parts: Sequence[PartVerdict]) -> float | None:
    """p of the verdict: the largest, since all parts must hold; for a refutation `_p_refuted`."""
    if verdict == Verdict.REFUTED:
        return _p_refuted(parts)
    ps = [part.p for part in parts if part.p is not None]
    return max(ps) if len(ps) == len(parts) and verdict != Verdict.UNTESTED else None


# -- One part ---------------------------------------------------------------------------------------------------------


def _data(part: Part, claim: Claim, taken_to: float, cells: Mapping[str, Cell], alpha: float) -> PartData:
    target = taken_to if part.measure.kind == Kind.TIME else None
    weighed = {role: cells[role] for role, weight in part.weights.items() if weight}
    samples, budget = collect(part.measure, weighed, target)
    return PartData(part, claim.paired, samples, alpha, target, budget)


def _judge_part(data: PartData, cells: Mapping[str, Cell], found: Sequence[Finding]) -> PartVerdict:
    part, outcome = data.part, tested(data)
    roles = [_role_values(role, cells[role], sample) for role, sample in data.samples.items()]
    sampled = outcome.verdict != Verdict.UNTESTED and part.measure.kind != Kind.FACT
    reason = barred(data, found, cells) if sampled else None
    return PartVerdict(
        measure=part.measure,
        label=part.measure.label,
        unit=part.measure.unit,
        expect=part.expect,
        margin=part.margin,
        target=data.target,
        decides=part.decides,
        verdict=outcome.verdict if reason is None else Verdict.INCONCLUSIVE,
        why=part_reason(data, outcome, roles) if reason is None else reason,
        effect=outcome.effect,
        low=outcome.interval.low if outcome.interval else None,
        high=outcome.interval.high if outcome.interval else None,
        covers=1 - data.alpha if outcome.interval else None,
        p=outcome.p if reason is None else None,
        pairs=len(data.pairs) if sampled and data.paired else None,
        hedges_g=outcome.hedges_g,
        permutation_p=outcome.permutation.p if outcome.permutation else None,
        permutation_smallest=outcome.permutation.smallest if outcome.permutation else None,
        budget=data.budget,
        roles=roles,
        text=part_text(data, outcome, roles),
    )


def _role_values(role: str, cell: Cell, sample: Sample) -> RoleValues:
    summary = summarise(sample.values)
    interval = summary.interval() if summary else None
    return RoleValues(
        role=role,
        model=str(cell.fields["model"]),
        n=len(sample.values),
        mean=fmean(sample.values) if sample.values else None,
        sd=summary.sd if summary else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        values=list(sample.values),
        runs=list(sample.runs),
        reached=sample.reached,
    )
