"""Time two alternatives in turn, and estimate their ratio in the presence of noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median
from typing import Self

Turn = Callable[[], float]
"""Does its work once and gives its cost: seconds, of whichever clock."""


@dataclass(frozen=True)
class Ratio:
    """The median of the ratios of neighbouring turns, and an interval that holds the true median."""

    median: float
    low: float
    high: float
    pairs: int
    confidence: float  # of the interval; what so few pairs can give, at most about 0.95

    @classmethod
    def of(cls, numerators: Sequence[float], denominators: Sequence[float]) -> Self:
        """Order statistics: no assumption about how times are distributed."""
        ratios = sorted(one / other for one, other in zip(numerators, denominators, strict=True))
        count = len(ratios)
        # The interval from the k-th least to the k-th largest misses the median with this chance.
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
    """The costs of `turns` turns of each, in neighbouring pairs; who goes first changes from pair to pair."""
    ones, others = [], []
    for pair in range(turns):
        if pair % 2:
            others.append(other())
            ones.append(one())
        else:
            ones.append(one())
            others.append(other())
    return ones, others
