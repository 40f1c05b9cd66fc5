"""Time two alternatives in turn, and estimate their ratio in the presence of noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median
from typing import Self

Turn = Callable[[], float]
"""Does its work once and returns its cost in seconds, of any clock."""


@dataclass(frozen=True)
class Ratio:
    """Median of the ratios of adjacent turns, with a confidence interval."""

    median: float
    low: float
    high: float
    pairs: int
    confidence: float  # of the interval; limited by the number of pairs, at most about 0.95

    @classmethod
    def of(cls, numerators: Sequence[float], denominators: Sequence[float]) -> Self:
        """The interval is of order statistics, which assume no distribution of times."""
        ratios = sorted(one / other for one, other in zip(numerators, denominators, strict=True))
        count = len(ratios)
        # Probability that the interval from the k-th smallest to the k-th largest misses the median.
        misses = [sum(comb(count, below) for below in range(k)) / 2 ** (count - 1) for k in range(1, count // 2 + 1)]
        k = max(1, sum(missed <= 0.05 for missed in misses))
        return cls(
            median=median(ratios),
            low=ratios[k - 1],
            high=ratios[-k],
            pairs=count,
            confidence=1 - misses[k - 1] if misses else 0.0,
        )

    def __str__(self) -> str:
        return (
            f"{self.median:.3g} ({self.low:.3g} to {self.high:.3g}, {self.confidence:.0%} interval, {self.pairs} pairs)"
        )


def alternate(turns: int, one: Turn, other: Turn) -> tuple[list[float], list[float]]:
    """Return the costs of `turns` turns of each, run in adjacent pairs whose order alternates."""
    ones, others = [], []
    for pair in range(turns):
        if pair % 2:
            others.append(other())
            ones.append(one())
        else:
            ones.append(one())
            others.append(other())
    return ones, others
