"""Sums of layer statistics over the sampled steps of an epoch, kept on the device."""

from collections.abc import Mapping
from math import sqrt

import torch
from torch import Tensor

from worker.training.squares import lengths
from worker.training.widest import widest

COLUMNS = ("grad", "weight", "update", "input", "dead", "output_grad")
"""Statistics of a row. `dead` is a fraction of channels, and the others are root mean squares or norms."""


class LayerSums:
    """Sums of squares (of fractions: sums) and numbers of values, in a table of rows and COLUMNS.

    The sums stay on the device until they are read: a copy per step would synchronise with it.
    """

    def __init__(self, rows: int, device: torch.device) -> None:
        self._device = device
        # The widest: squares of float32 gradients may be far below its smallest number.
        self._sums = torch.zeros(rows, len(COLUMNS), dtype=widest(device), device=device)
        self._counts = torch.zeros(rows, len(COLUMNS), dtype=torch.int64)
        self._norm_sum = torch.zeros((), dtype=widest(device), device=device)
        self._norms = 0
        self.samples = 0

    def add(self, column: str, row: int, value: Tensor) -> None:
        """Add a scalar: a mean square, or a fraction."""
        self._sums[row, COLUMNS.index(column)] += value
        self._counts[row, COLUMNS.index(column)] += 1

    def add_norms(self, column: str, tensors: Mapping[int, Tensor]) -> None:
        """Add the L2 norms of tensors, given by row."""
        if not tensors:
            return
        index = COLUMNS.index(column)
        rows = torch.tensor(list(tensors))
        self._counts[rows, index] += 1
        norms = lengths(list(tensors.values()), self._device).to(self._sums.dtype)
        self._sums[rows.to(self._device), index] += norms.square()

    def add_global_norm(self, norm: Tensor) -> None:
        """Add the global norm of the gradients of a step, a scalar."""
        self._norm_sum += norm
        self._norms += 1

    def means(self) -> list[dict[str, float | None]]:
        """Return a root mean square (of fractions: the mean) for each row and column. Synchronises with the device."""
        rows = zip(self._sums.tolist(), self._counts.tolist(), strict=True)
        return [dict(zip(COLUMNS, map(_mean, COLUMNS, *row), strict=True)) for row in rows]

    def global_norm(self) -> float | None:
        """Return the mean of the global norms; None without any."""
        return float(self._norm_sum.item()) / self._norms if self._norms else None

    def reset(self) -> None:
        """Start a new epoch."""
        self._sums.zero_()
        self._counts.zero_()
        self._norm_sum.zero_()
        self._norms = self.samples = 0

    def state(self) -> dict[str, Tensor]:
        """Return the sums for a checkpoint."""
        return {
            "sums": self._sums,
            "counts": self._counts,
            "norm": self._norm_sum,
            "norms": torch.tensor(self._norms),
            "samples": torch.tensor(self.samples),
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Restore the sums of a checkpoint with the same rows."""
        self._sums.copy_(state["sums"])
        self._counts.copy_(state["counts"])
        self._norm_sum.copy_(state["norm"])
        self._norms, self.samples = int(state["norms"]), int(state["samples"])


def _mean(column: str, total: float, steps: int) -> float | None:
    """Return the root mean square; for fractions the mean."""
    if not steps:
        return None
    return total / steps if column == "dead" else sqrt(total / steps)
