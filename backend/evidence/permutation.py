"""The exact permutation test of a difference of means. Shown beside the interval; it decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST_SPLITS = 20_000
"""About 8 seeds against 8; enumerating more splits would take too long for a request."""


@dataclass(frozen=True)
class Permutation:
    p: float
    smallest: float  # the smallest p possible with this many seeds


def permutation(first: Sequence[float], second: Sequence[float]) -> Permutation | None:
    """Return the two-sided share of splits that differ at least as much; None if there are too many splits."""
    # Imported when it computes: most web processes never do, and start without NumPy.
    import numpy as np

    size, together = len(first), np.array([*first, *second], dtype=np.float64)
    splits = comb(len(together), size) if size and second else 0
    if not 0 < splits <= MOST_SPLITS:
        return None
    sums = together[_members(len(together), size)].sum(axis=1)
    # The difference of means increases with the first group's sum, so distances from the expected sum compare alike.
    middle = together.sum() * size / len(together)
    distances = np.abs(sums - middle)
    observed = distances[0]
    # Sums in another order differ in the last bits; the tolerance makes ties count.
    tolerance = 1e-9 * max(float(np.abs(together).max()), 1e-300) * len(together)
    extreme = int((distances >= observed - tolerance).sum())
    # Splits into equal groups come in mirrored pairs; unequal ones need not.
    smallest = (2 if size == len(second) else 1) / splits
    return Permutation(extreme / splits, smallest)


@lru_cache(maxsize=16)
def _members(among: int, size: int) -> npt.NDArray[np.int8]:
    """Every way to choose `size` places, one a row; the first row is the first group itself."""
    import numpy as np

    return np.array(list(combinations(range(among), size)), dtype=np.int8)
