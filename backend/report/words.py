"""Numbers and verdicts as a reader wants them."""

from collections.abc import Mapping

from backend.evidence.digits import digits
from backend.evidence.fairness import Bars, Finding
from backend.evidence.judgement import PartVerdict
from backend.evidence.schemas import CellSummary

BARS: Mapping[Bars, str] = {
    Bars.NOTHING: "",
    Bars.TIMES: ": no verdict on times",
    Bars.TARGETS: ": no verdict on times to a target",
    Bars.MEASUREMENTS: ": no verdict",
}


def quantity(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "%":
        return f"{100 * value:.2f} %"
    return f"{digits(value, 4)} {unit}".strip()


def summary(of: CellSummary | None, unit: str) -> str:
    """Mean and sd; the number of seeds stands in a column of its own."""
    if of is None:
        return ""
    spread = f" ± {100 * of.sd:.2f}" if of.sd is not None and unit == "%" else ""
    if of.sd is not None and unit != "%":
        spread = f" ± {of.sd:.2g}" if of.sd else ""
    mean = f"{100 * of.mean:.2f}" if unit == "%" else quantity(of.mean, "")
    arrived = f" ({of.reached} of {of.n})" if of.reached is not None and of.reached < of.n else ""
    return f"{mean}{spread}{arrived}"


def interval(part: PartVerdict) -> str:
    if part.low is None or part.high is None or part.covers is None:
        return ""
    scale = 100 if part.unit == "%" else 1
    return f"{digits(part.low * scale)} to {digits(part.high * scale)} ({100 * part.covers:.4g} %)"


def measure(part: PartVerdict) -> str:
    """What was measured, a time with the accuracy that it was taken to."""
    target = "" if part.target is None else f" (target {100 * part.target:.4g} %)"
    return f"{part.label}{target}{'' if part.decides else ', shown only'}"


def effect(part: PartVerdict) -> str:
    if part.effect is None:
        return ""
    unit = "points" if part.unit == "%" else part.unit
    scale = 100 if part.unit == "%" else 1
    return f"{digits(part.effect * scale)} {unit}".strip()


def finding(of: Finding) -> str:
    """What was found, of which runs, and what gets no verdict for it; as the page says it."""
    runs = f" (run{'s' * (len(of.runs) > 1)} {', '.join(map(str, of.runs))})" if of.runs else ""
    return f"{of.text}{runs}{BARS[of.bars]}"


def seeds(part: PartVerdict) -> str:
    """Of each cell, or the pairs that they make."""
    if part.pairs is not None:
        return f"{part.pairs} pair{'s' * (part.pairs != 1)}"
    return " / ".join(str(each.n) for each in part.roles)


def permutation(part: PartVerdict) -> str:
    if part.permutation_p is None or part.permutation_smallest is None:
        return ""
    return f"{part.permutation_p:.2g} (at best {part.permutation_smallest:.2g})"
