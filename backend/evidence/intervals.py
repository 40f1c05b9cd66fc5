"""Means over seeds and their differences: t intervals, Welch's contrast, equivalence by two one-sided tests (TOST).

Plain floats throughout: a cell has a handful of seeds, for which arrays would be slower.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import fmean, stdev

from backend.evidence import student_t

MIN_SEEDS = 3
"""Below this many seeds there is no verdict, whatever the interval."""


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """One cell's values, one per seed."""

    n: int
    mean: float
    sd: float | None  # None for one value

    def interval(self, level: float = 0.05) -> Interval | None:
        """Return the t interval of the mean at alpha = `level`; None for a single value."""
        if self.sd is None:
            return None
        return Estimate(self.mean, self.sd / sqrt(self.n), self.n - 1).interval(level)


@dataclass(frozen=True)
class Estimate:
    """An estimate, its standard error and the degrees of freedom."""

    value: float
    error: float
    df: float

    def interval(self, level: float) -> Interval:
        """Return the two-sided interval with coverage 1 - `level`."""
        if self.error == 0:
            return Interval(self.value, self.value)
        half = student_t.quantile(self.df, 1 - level / 2) * self.error
        return Interval(self.value - half, self.value + half)

    def p_above(self, margin: float) -> float:
        """Return the one-sided p for H0 "at most `margin`"."""
        return self._upper_tail(self.value - margin)

    def p_below(self, margin: float) -> float:
        """Return the one-sided p for H0 "at least `margin`"."""
        return self._upper_tail(margin - self.value)

    def p_same(self, margin: float) -> float:
        """Return the TOST p (Schuirmann 1987): the larger p of "above -margin" and "below +margin"."""
        return max(self.p_above(-margin), self.p_below(margin))

    def _upper_tail(self, distance: float) -> float:
        if self.error == 0:
            return 0.0 if distance > 0 else 1.0
        return student_t.cdf(self.df, -distance / self.error)


def summarise(values: Sequence[float]) -> Summary | None:
    """Summarise the finite values; None without any. NaN and infinity count as not measured."""
    finite = [value for value in values if isfinite(value)]
    if not finite:
        return None
    return Summary(len(finite), fmean(finite), stdev(finite) if len(finite) > 1 else None)


def contrast(terms: Sequence[tuple[float, Summary]]) -> Estimate | None:
    """Estimate the weighted sum of independent means, with Welch-Satterthwaite degrees of freedom.

    Weights (1, -1) give Welch's t. None if a cell has a single value, and so no variance estimate.
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
    # Computed from shares of the total: squares of tiny variances would underflow.
    df = 1 / sum((share / total) ** 2 / (cell.n - 1) for share, (_, cell) in zip(shares, terms, strict=True))
    return Estimate(value, sqrt(total), df)


def paired(differences: Sequence[float]) -> Estimate | None:
    """Estimate the mean of paired differences, for cells that share initial weights and data order per seed."""
    summary = summarise(differences)
    if summary is None or summary.sd is None:
        return None
    return Estimate(summary.mean, summary.sd / sqrt(summary.n), summary.n - 1)
