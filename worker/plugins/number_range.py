"""Determine the range of an image's numbers, and convert them to bytes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skiplab.plugins import BadPlugin

Block = NDArray[Any]
"""A batch of images; the first dimension is the batch."""


class NumberRange:
    """The range of images, 0 to 255 or 0 to 1; the same for a whole data set.

    Floats in [0, 1] may be either, so blocks wait until a number above 1 is found or enough have been seen.
    """

    def __init__(self) -> None:
        self.factor: float | None = None  # of float images, to 0..255; None: not known yet

    def settle(self, block: Block) -> bool:
        """Take a block into account; return whether it can be converted now. Raises BadPlugin for invalid numbers."""
        if block.dtype == np.uint8 or block.dtype.kind == "b" or not block.size:
            return True
        low, high = block.min(), block.max()
        if not np.isfinite([low, high]).all():
            raise BadPlugin("images contain NaN or infinite numbers; return finite ones, from 0 to 1 or from 0 to 255")
        if low < 0 or high > 255:
            normalised = block.dtype.kind == "f" and low < 0
            remedy = (
                "they look normalised, which cannot be undone: remove Normalize, since Skiplab normalises images itself"
                if normalised
                else "scale them to 0 to 255 first: their maximum is unknown"
            )
            raise BadPlugin(f"images are {block.dtype} from {low:g} to {high:g}; {remedy}")
        if block.dtype.kind in "iu":
            return True
        if self.factor is None and high > 1:
            self.factor = 1.0
        if self.factor == 255.0 and high > 1:
            raise BadPlugin(
                f"images are {block.dtype}, the first ones from 0 to 1 and others up to {high:g}; use one range for all"
            )
        return self.factor is not None

    def decide(self) -> None:
        """Decide on the range 0 to 1 if no number above 1 has been seen."""
        self.factor = self.factor or 255.0

    def to_bytes(self, block: Block) -> NDArray[np.uint8]:
        """Convert a block to uint8 of the same shape."""
        if block.dtype == np.uint8:
            return block
        if block.dtype.kind == "b":
            return block.astype(np.uint8) * np.uint8(255)
        if block.dtype.kind in "iu":
            return block.astype(np.uint8)
        return np.round(block.astype(np.float32) * (self.factor or 255.0)).astype(np.uint8)
