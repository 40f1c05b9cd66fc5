"""A confusion matrix reduced to the most confused classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

OTHERS = "others"
"""Name of the last row and column, which combine all other classes."""


def most_confused(counts: npt.NDArray[np.int64] | npt.NDArray[np.float64], most: int) -> list[int]:
    """Return the indices of the `most` classes with most errors, as truth or prediction, in class order."""
    # Imported when it computes: most web processes never do, and start without NumPy.
    import numpy as np

    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    errors = wrong.sum(axis=0) + wrong.sum(axis=1)
    return sorted(np.argsort(-errors, kind="stable")[:most].tolist())


def reduced(counts: Sequence[Sequence[int]], most: int) -> tuple[list[list[int]], list[int]]:
    """Return the matrix of the `most` most confused classes, with all others combined in the last row and column; and
    the indices of those classes."""
    import numpy as np

    table = np.array(counts, dtype=np.int64)
    kept = most_confused(table, most)
    rows, columns = table[kept], table[:, kept]
    found = np.zeros((len(kept) + 1, len(kept) + 1), dtype=np.int64)
    found[:-1, :-1] = rows[:, kept]
    found[:-1, -1] = rows.sum(axis=1) - found[:-1, :-1].sum(axis=1)
    found[-1, :-1] = columns.sum(axis=0) - found[:-1, :-1].sum(axis=0)
    found[-1, -1] = table.sum() - found.sum()
    return found.tolist(), kept
