"""A confusion matrix of many classes, reduced to those that are confused most: nobody reads a thousand rows."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from backend.telemetry.schemas import ConfusionAnswer

OTHERS = "others"
"""The name of the last row and column: all classes that are left out, together."""

Counts = npt.NDArray[np.int64]


def most_confused(counts: npt.NDArray[np.int64] | npt.NDArray[np.float64], most: int) -> list[int]:
    """Places of the `most` classes with the most errors, as truth or as prediction, in their own order."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    errors = wrong.sum(axis=0) + wrong.sum(axis=1)
    return sorted(np.argsort(-errors, kind="stable")[:most].tolist())


def reduced(answer: "ConfusionAnswer", most: int) -> "ConfusionAnswer":
    """The same where there are no more classes than that; else rows and columns of the most confused, and of the
    others together as the last ones."""
    names = answer.classes or [str(place) for place in range(len(answer.counts))]
    if len(answer.counts) <= most:
        return answer
    counts = np.array(answer.counts, dtype=np.int64)
    kept = most_confused(counts, most)
    return answer.model_copy(
        update={
            "counts": _together(counts, kept).tolist(),
            "classes": [*(names[place] for place in kept), OTHERS],
            "shown": kept,
        }
    )


def _together(counts: Counts, kept: list[int]) -> Counts:
    """Rows and columns that are not kept are added up into a last row and column."""
    groups = np.full(len(counts), len(kept))
    groups[kept] = np.arange(len(kept))
    found = np.zeros((len(kept) + 1, len(kept) + 1), dtype=np.int64)
    np.add.at(found, (groups[:, None], groups[None, :]), counts)
    return found
