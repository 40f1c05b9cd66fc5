"""One claim on one match: supported, refuted, inconclusive or untested, and why."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from backend.evidence.cells import Cell
from backend.evidence.claim import Claim, ClaimSet, Expect, Part
from backend.evidence.digits import digits
from backend.evidence.effect import hedges_g
from backend.evidence.fairness import Finding, findings
from backend.evidence.intervals import MIN_SEEDS, Estimate, Summary, contrast, paired, summarise
from backend.evidence.judgement import Judgement, PartVerdict, RoleValues, Verdict
from backend.evidence.levels import level_of
from backend.evidence.looks import look
from backend.evidence.match import Match
from backend.evidence.measures import QUANTITIES, Kind
from backend.evidence.permutation import permutation
from backend.evidence.samples import Sample, collect
from backend.evidence.shown_by import figures_of


def judge(claim: Claim, claims: ClaimSet, match: Match, target: float | None = None) -> Judgement:
    """`target`: what times are taken to instead of what the claim says, to be shown; it bars their verdict."""
    cells = match.roles
    seen = look(list(cells.values()), paired=claim.paired)
    level = level_of(seen)
    found = findings(match, claims, claim, target)
    taken_to = [claims.target_of(part) if target is None else target for part in claim.parts]
    parts = [
        _judge_part(part, claim, asked, match, found, level) for part, asked in zip(claim.parts, taken_to, strict=True)
    ]
    deciding = [part for part in parts if part.decides]
    verdict = _together(deciding, level)
    return Judgement(
        claim=claim.id,
        roles={role: str(cell.fields["model"]) for role, cell in cells.items()},
        stands_in=match.compares > 0,
        mixed=bool(match.differing),
        recipe=dict(match.shared),
        verdict=verdict,
        why=_why(verdict, deciding, seen),
        look=seen,
        level=level,
        p=_p_together(verdict, deciding),
        parts=parts,
        findings=found,
        figures=figures_of((part.measure, part.target) for part in parts),
        runs=sorted({run.id for cell in cells.values() for run in cell.runs}),
    )


def _together(parts: Sequence[PartVerdict], level: float) -> Verdict:
    """Supported when every part is. Refuted when one is, beyond what so many parts would bring about by chance."""
    verdicts = [part.verdict for part in parts]
    refuted = _p_refuted(parts)
    if refuted is not None and refuted < level:
        return Verdict.REFUTED
    if Verdict.UNTESTED in verdicts:
        return Verdict.UNTESTED
    return Verdict.SUPPORTED if set(verdicts) == {Verdict.SUPPORTED} else Verdict.INCONCLUSIVE


def _p_refuted(parts: Sequence[PartVerdict]) -> float | None:
    """The smallest p of the parts refuted, times the chances there were (Bonferroni): a fact's is 0 and leaves none."""
    chances = sum(QUANTITIES[part.measure].kind != Kind.FACT for part in parts)
    ps = [part.p for part in parts if part.verdict == Verdict.REFUTED and part.p is not None]
    return min(1.0, chances * min(ps)) if ps else None


def _p_together(verdict: Verdict, parts: Sequence[PartVerdict]) -> float | None:
    """Of the verdict: all parts must hold, so the largest; for a refutation see there."""
    if verdict == Verdict.REFUTED:
        return _p_refuted(parts)
    ps = [part.p for part in parts if part.p is not None]
    return max(ps) if len(ps) == len(parts) and verdict != Verdict.UNTESTED else None


def _why(verdict: Verdict, parts: Sequence[PartVerdict], seen: int) -> str:
    later = (
        f" Seeds were added after {seen} verdict{'s' * (seen > 1)} could be seen: the level is lower." if seen else ""
    )
    if verdict == Verdict.SUPPORTED and len(parts) > 1:
        return _sentence("; ".join(part.why for part in parts)) + later
    p = _p_refuted(parts)
    telling = next((part for part in parts if part.verdict == verdict), parts[0])
    if verdict == Verdict.INCONCLUSIVE and p is not None:
        against = next(part.why for part in parts if part.verdict == Verdict.REFUTED)
        return (
            _sentence(f"one of {len(parts)} parts speaks against it, but as one of so many (p {p:.2g}): {against}")
            + later
        )
    return _sentence(telling.why) + later


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


# -- One part ---------------------------------------------------------------------------------------------------------


def _judge_part(
    part: Part,
    claim: Claim,
    taken_to: float,
    match: Match,
    found: Sequence[Finding],
    level: float,
) -> PartVerdict:
    quantity = QUANTITIES[part.measure]
    target = taken_to if quantity.kind == Kind.TIME else None
    weighed = {role: match.roles[role] for role, weight in part.weights.items() if weight}
    samples, budget = collect(part.measure, weighed, target)
    answer = PartVerdict(
        measure=part.measure,
        label=quantity.label,
        unit=quantity.unit,
        expect=part.expect,
        margin=part.margin,
        target=target,
        decides=part.decides,
        verdict=Verdict.UNTESTED,
        why="",
        budget=budget,
        roles=[_role_values(role, weighed[role], sample) for role, sample in samples.items()],
    )
    summaries = {role: summarise(sample.values) for role, sample in samples.items()}
    present = {role: summary for role, summary in summaries.items() if summary is not None}
    if len(present) < len(samples):
        role = next(role for role, summary in summaries.items() if summary is None)
        return answer.model_copy(update={"why": f"no {quantity.label} of {match.roles[role].fields['model']} yet"})
    answer.effect = sum(part.weights[role] * summary.mean for role, summary in present.items())
    if quantity.kind == Kind.FACT:
        return _judge_fact(answer, part)
    return _judge_sampled(answer, part, claim, samples, present, found, level, weighed)


def _judge_fact(answer: PartVerdict, part: Part) -> PartVerdict:
    assert answer.effect is not None
    estimate = Estimate(answer.effect, 0.0, 1)
    support, _ = _p_values(estimate, part)
    # A fact on the margin itself is not beyond it.
    verdict = Verdict.SUPPORTED if support == 0 else Verdict.REFUTED
    why = f"{_expression(part, answer)} is {_number(answer.effect, answer.unit)}: a fact, the same for every seed"
    return answer.model_copy(update={"verdict": verdict, "why": why, "p": 0.0})


def _judge_sampled(
    answer: PartVerdict,
    part: Part,
    claim: Claim,
    samples: Mapping[str, Sample],
    summaries: Mapping[str, Summary],
    found: Sequence[Finding],
    level: float,
    cells: Mapping[str, Cell],
) -> PartVerdict:
    answer.pairs = len(_pairs(samples)) if claim.paired else None
    estimate = _estimate(part, claim, samples, summaries)
    if estimate is not None:
        interval = estimate.interval(level)
        answer.effect, answer.low, answer.high = estimate.value, interval.low, interval.high
        answer.covers = 1 - level
        support, refute = _p_values(estimate, part)
        answer.p = min(support, refute)
        answer.verdict = _decide(support, refute, level)
    else:
        support, answer.verdict = 1.0, Verdict.INCONCLUSIVE
    pair = _pair(part)
    if pair is not None:
        answer.hedges_g = hedges_g(summaries[pair[0]], summaries[pair[1]])
        exact = None if claim.paired else permutation(samples[pair[0]].values, samples[pair[1]].values)
        if exact is not None:
            answer.permutation_p, answer.permutation_smallest = exact.p, exact.smallest
    answer.why = _part_why(part, answer)
    if barred := _barred(part, claim, samples, found, cells):
        answer.verdict, answer.p, answer.why = Verdict.INCONCLUSIVE, None, barred
    return answer


def _decide(support: float, refute: float, level: float) -> Verdict:
    if support < level:
        return Verdict.SUPPORTED
    return Verdict.REFUTED if refute < level else Verdict.INCONCLUSIVE


def _p_values(estimate: Estimate, part: Part) -> tuple[float, float]:
    """Of support and of refutation, two-sided: below the level exactly when the interval lies wholly on that side."""
    if part.expect == Expect.SAME:
        outside = min(estimate.p_above(part.margin), estimate.p_below(-part.margin))
        return _two_sided(estimate.p_same(part.margin)), _two_sided(outside)
    edge = part.margin if part.expect == Expect.GREATER else -part.margin
    above, below = _two_sided(estimate.p_above(edge)), _two_sided(estimate.p_below(edge))
    return (above, below) if part.expect == Expect.GREATER else (below, above)


def _two_sided(p: float) -> float:
    return min(1.0, 2 * p)


def _estimate(
    part: Part, claim: Claim, samples: Mapping[str, Sample], summaries: Mapping[str, Summary]
) -> Estimate | None:
    if not claim.paired:
        return contrast([(part.weights[role], summary) for role, summary in summaries.items()])
    by_seed = {role: dict(zip(sample.seeds, sample.values, strict=True)) for role, sample in samples.items()}
    pairs = sorted(_pairs(samples))
    return paired([sum(part.weights[role] * by_seed[role][seed] for role in by_seed) for seed in pairs])


def _pairs(samples: Mapping[str, Sample]) -> set[int]:
    """The seeds that all cells have."""
    return set.intersection(*(set(sample.seeds) for sample in samples.values()))


def _barred(
    part: Part, claim: Claim, samples: Mapping[str, Sample], found: Sequence[Finding], cells: Mapping[str, Cell]
) -> str | None:
    """Why there can be no verdict, whatever the interval says."""
    for finding in found:
        if finding.keeps(part.measure):
            about = f"run{'s' * (len(finding.runs) > 1)} {', '.join(map(str, finding.runs))}: " if finding.runs else ""
            return about + finding.text
    for role, sample in samples.items():
        if len(sample.values) < len(cells[role].seeds):
            return f"only {len(sample.values)} of {len(cells[role].seeds)} runs of {role} have this measure"
    if all(sample.reached == 0 for sample in samples.values()):
        return "no run got to the target"
    if claim.paired:
        return _too_few_pairs(len(_pairs(samples)))
    return _too_few_seeds([len(sample.values) for sample in samples.values()])


def _too_few_pairs(pairs: int) -> str | None:
    """A seed that one cell lacks is no witness of a difference seed by seed."""
    if pairs == 0:
        return "no pairs: the cells have no seed in common, and this claim compares seed by seed"
    if pairs == 1:
        return "1 pair: no interval"
    return f"{pairs} pairs: at least {MIN_SEEDS} are needed for a verdict" if pairs < MIN_SEEDS else None


def _too_few_seeds(counts: Sequence[int]) -> str | None:
    fewest = min(counts)
    if fewest == 1:
        return "one run each: no interval" if max(counts) == 1 else "one run: no interval"
    return f"{fewest} seeds: at least {MIN_SEEDS} in each cell are needed for a verdict" if fewest < MIN_SEEDS else None


# -- Words and numbers ------------------------------------------------------------------------------------------------


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


def _pair(part: Part) -> tuple[str, str] | None:
    """The two roles of a simple difference, the one that is added first."""
    weighed = sorted(((weight, role) for role, weight in part.weights.items() if weight), reverse=True)
    return (weighed[0][1], weighed[1][1]) if [weight for weight, _ in weighed] == [1, -1] else None


def _part_why(part: Part, answer: PartVerdict) -> str:
    assert answer.effect is not None
    shown = f"{_expression(part, answer)} is {_number(answer.effect, answer.unit)}"
    if answer.low is not None and answer.high is not None and answer.covers is not None:
        ends = f"from {_number(answer.low, answer.unit)} to {_number(answer.high, answer.unit)}"
        shown += f", {100 * answer.covers:.4g} % interval {ends}"
    if answer.budget is not None:
        got = ", ".join(f"{each.reached} of {each.n} {each.model}" for each in answer.roles)
        shown += f" (restricted to {_number(answer.budget, answer.unit)}; got there: {got})"
    return shown


def _expression(part: Part, answer: PartVerdict) -> str:
    models = {each.role: each.model for each in answer.roles}
    signs = [("-" if weight < 0 else "+", models[role]) for role, weight in part.weights.items() if weight]
    text = " ".join(f"{sign} {model}" for sign, model in signs).removeprefix("+ ")
    return f"{answer.label}, {text},"


def _number(value: float, unit: str) -> str:
    if unit == "%":
        return f"{100 * value:.2f} points"
    return f"{digits(value)} {unit}".strip()
