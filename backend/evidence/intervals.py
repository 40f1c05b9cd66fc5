"""Means over seeds and their differences: t intervals, Welch's contrast, equivalence by two one-sided tests (TOST).

Plain floats throughout: a cell is a handful of seeds, and arrays would only be slower.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import fmean, stdev

from backend.evidence import student_t

MIN_SEEDS = 3
"""With fewer seeds nothing is called significant, whatever the interval."""


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """One cell's values, one a seed."""

    n: int
    mean: float
    sd: float | None  # None for one value

    def interval(self, level: float = 0.05) -> Interval | None:
        """The t interval of the mean; None where one value leaves no spread to go by."""
        if self.sd is None:
            return None
        return Estimate(self.mean, self.sd / sqrt(self.n), self.n - 1).interval(level)


@dataclass(frozen=True)
class Estimate:
    """A value, its standard error and the degrees of freedom behind that."""

    value: float
    error: float
    df: float

    def interval(self, level: float) -> Interval:
        """Two-sided, covering 1 - `level`."""
        if self.error == 0:
            return Interval(self.value, self.value)
        half = student_t.quantile(self.df, 1 - level / 2) * self.error
        return Interval(self.value - half, self.value + half)

    def p_above(self, margin: float) -> float:
        """One-sided p against "at most `margin`": small when the value lies above it."""
        return self._upper_tail(self.value - margin)

    def p_below(self, margin: float) -> float:
        """One-sided p against "at least `margin`": small when the value lies below it."""
        return self._upper_tail(margin - self.value)

    def p_same(self, margin: float) -> float:
        """TOST (Schuirmann 1987): the larger p of "above -margin" and "below +margin"."""
        return max(self.p_above(-margin), self.p_below(margin))

    def _upper_tail(self, distance: float) -> float:
        if self.error == 0:
            return 0.0 if distance > 0 else 1.0
        return student_t.cdf(self.df, -distance / self.error)


def summarise(values: Sequence[float]) -> Summary | None:
    """NaN and infinity count as not measured; None when nothing is left."""
    finite = [value for value in values if isfinite(value)]
    if not finite:
        return None
    return Summary(len(finite), fmean(finite), stdev(finite) if len(finite) > 1 else None)


def contrast(terms: Sequence[tuple[float, Summary]]) -> Estimate | None:
    """The weighted sum of independent cells with Welch-Satterthwaite degrees of freedom; weights (1, -1) are Welch's t.

    None where a cell has one value only: there is nothing to judge its spread by.
    """
    value = sum(weight * cell.mean for weight, cell in terms)
    shares = []
    for weight, cell in terms:
        if cell.sd is None:
            return None
        shares.append((weight * cell.sd) ** 2 / cell.n)
    total = sum(shares)
    if total == 0:
        return Estimate(value, 0.0, sum(cell.n - 1 for _, cell in terms))
    # Of shares, not of squares of tiny numbers: those would underflow.
    df = 1 / sum((share / total) ** 2 / (cell.n - 1) for share, (_, cell) in zip(shares, terms, strict=True))
    return Estimate(value, sqrt(total), df)


def paired(differences: Sequence[float]) -> Estimate | None:
    """For cells that share initial weights and data order: the t of the differences, seed by seed."""
    summary = summarise(differences)
    if summary is None or summary.sd is None:
        return None
    return Estimate(summary.mean, summary.sd / sqrt(summary.n), summary.n - 1)
