"""The exact permutation test of a difference of means. It stands beside the interval and never decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, isclose

import numpy as np

MOST_SPLITS = 200_000
"""Beyond (11 against 11) counting every split takes longer than a page may."""


@dataclass(frozen=True)
class Permutation:
    p: float
    smallest: float  # that so many seeds can reach


def permutation(first: Sequence[float], second: Sequence[float]) -> Permutation | None:
    """Two-sided: how many of all splits into such groups differ at least as much; None where there are too many."""
    size, together = len(first), np.array([*first, *second], dtype=np.float64)
    splits = comb(len(together), size) if size and second else 0
    if not 0 < splits <= MOST_SPLITS:
        return None
    members = np.array(list(combinations(range(len(together)), size)))
    sums = together[members].sum(axis=1)
    # A split's difference of means is a rising function of its first sum: distances from the middle sum compare alike.
    middle = together.sum() * size / len(together)
    distances = np.abs(sums - middle)
    observed = distances[0]
    # Sums of the same numbers in another order differ in the last bits: ties must count.
    tolerance = 1e-9 * max(float(np.abs(together).max()), 1e-300) * len(together)
    extreme = int((distances >= observed - tolerance).sum())
    # Of equal groups each split has its mirror image; of unequal ones it need not.
    smallest = (2 if size == len(second) else 1) / splits
    p = extreme / splits
    return Permutation(1.0 if isclose(p, 1) else p, smallest)
