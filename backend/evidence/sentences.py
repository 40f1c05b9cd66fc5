"""A part's numbers and a verdict's reason as text; nowhere else are they put into words."""

from collections.abc import Sequence

from backend.evidence.claim import Part
from backend.evidence.judgement import PartVerdict
from backend.evidence.numbers import counts, difference, interval, percent, plain, plural, quantity
from backend.evidence.part_statistics import Outcome, PartData
from backend.evidence.sequential import ALPHA
from skiplab.contract.evidence import Expect, PartText, RoleValues, Verdict

SIGN = "\N{GREEK SMALL LETTER ALPHA}"

ENDS = {Expect.GREATER: "above", Expect.LESS: "below"}


def part_text(data: PartData, outcome: Outcome, roles: Sequence[RoleValues]) -> PartText:
    part, unit = data.part, data.part.measure.unit
    exact = outcome.permutation
    return PartText(
        measure=part.measure.label
        + ("" if data.target is None else f" (target {percent(data.target)})")
        + ("" if part.decides else ", shown only"),
        means="; ".join(_mean(each, unit) for each in roles),
        claimed=_claimed(part),
        effect="" if outcome.effect is None else difference(outcome.effect, unit),
        interval=_interval(outcome, data.alpha, unit),
        n=plural(len(data.pairs), "pair") if data.paired else counts([each.n for each in roles]),
        hedges_g="" if outcome.hedges_g is None else f"{outcome.hedges_g:.2f}",
        permutation="" if exact is None else f"{exact.p:.2g} (min. {exact.smallest:.2g})",
    )


def part_reason(data: PartData, outcome: Outcome, roles: Sequence[RoleValues]) -> str:
    """Return what was found, without a capital or a full stop."""
    part, unit = data.part, data.part.measure.unit
    if data.unmeasured is not None:
        model = next(each.model for each in roles if each.role == data.unmeasured)
        return f"no {part.measure.label} of {model} yet"
    assert outcome.effect is not None
    shown = f"{_expression(part, roles)} is {difference(outcome.effect, unit, signed=False)}"
    if outcome.interval is None:
        return f"{shown}: a fact, the same for every seed" if outcome.p is not None else shown
    shown += f", {_interval(outcome, data.alpha, unit)}"
    if data.budget is not None:
        reached = ", ".join(f"{each.reached} of {each.n} {each.model}" for each in roles)
        shown += f" (restricted to {quantity(data.budget, unit)}; reached: {reached})"
    return shown


def verdict_reason(verdict: Verdict, parts: Sequence[PartVerdict], against: float | None, analyses: int) -> str:
    """Explain a claim's verdict. `against`: p of the refuted parts, corrected for their number."""
    later = f" Seeds were added after {plural(analyses, 'earlier verdict')}, so alpha is lower." if analyses else ""
    if verdict == Verdict.SUPPORTED and len(parts) > 1:
        return sentence("; ".join(part.why for part in parts)) + later
    if verdict == Verdict.INCONCLUSIVE and against is not None:
        why = next(part.why for part in parts if part.verdict == Verdict.REFUTED)
        return (
            sentence(
                f"one of {len(parts)} parts speaks against it, but not after correction for their number"
                f" (p = {against:.2g}): {why}"
            )
            + later
        )
    return sentence(parts[decisive(verdict, parts)].why) + later


def decisive(verdict: Verdict, parts: Sequence[PartVerdict]) -> int:
    """Return the index of the first part with the claim's own verdict, else 0."""
    return next((place for place, part in enumerate(parts) if part.verdict == verdict), 0)


def analysis_text(analyses: int, alpha: float) -> str:
    if analyses == 0:
        return f"First analysis, {SIGN} = {plain(alpha)}."
    level = f"{SIGN} = {plain(ALPHA)} / {2**analyses} = {alpha:.4g}"
    return f"Analysis {analyses + 1}, {level}: seeds were added after a verdict."


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _interval(outcome: Outcome, alpha: float, unit: str) -> str:
    return "" if outcome.interval is None else interval(outcome.interval.low, outcome.interval.high, 1 - alpha, unit)


def _mean(of: RoleValues, unit: str) -> str:
    reached = "" if of.reached is None or of.reached == of.n else f", {of.reached} of {of.n} reached"
    return f"{of.model} {'not measured' if of.mean is None else quantity(of.mean, unit)}{reached}"


def _claimed(part: Part) -> str:
    if part.expect == Expect.SAME:
        return f"within ±{difference(part.margin, part.measure.unit, signed=False)}"
    edge = part.margin if part.expect == Expect.GREATER else -part.margin
    return f"{ENDS[part.expect]} {difference(edge, part.measure.unit) if edge else '0'}"


def _expression(part: Part, roles: Sequence[RoleValues]) -> str:
    models = {each.role: each.model for each in roles}
    signs = [("-" if weight < 0 else "+", models[role]) for role, weight in part.weights.items() if weight]
    text = " ".join(f"{sign} {model}" for sign, model in signs).removeprefix("+ ")
    return f"{part.measure.label}, {text},"
