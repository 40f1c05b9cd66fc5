"""A data set in memory: uint8 images as decoded, and labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skiplab.contract.imports import Split as Split

Images = NDArray[np.uint8]  # (N, H, W, 3)
Labels = NDArray[np.int64]  # (N,), from 0

SPLITS: tuple[Split, ...] = ("train", "val", "test")

NEEDED_SPLITS: tuple[Split, ...] = ("train", "test")
"""Splits that every data set has; some have a validation set too."""

Size = tuple[int, int]  # (height, width)

BORDER = 2
"""Pixels of padding that make 28 x 28 images 32 x 32, the size that most built-in networks are designed for."""


@dataclass(frozen=True)
class ImageData:
    """Images and labels of each split. Arrays may be memory maps, so a data set may be larger than memory."""

    name: str
    classes: tuple[str, ...]
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    val_images: Images | None = None
    """None for a data set without a validation set."""

    val_labels: Labels | None = None
    version: int | None = None
    sha256: str | None = None
    """Version and content hash, where known."""

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channels, height, width)."""
        _, height, width, channels = self.train_images.shape
        return channels, height, width


def coloured(images: NDArray[np.uint8]) -> Images:
    """Return (N, H, W, 3): repeats the channel of grey images (N, H, W)."""
    return images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)


def framed_size(size: Size) -> Size:
    """Return the size of an image after padding, see `framed`."""
    height, width = size
    return (height + 2 * BORDER, width + 2 * BORDER) if size == (28, 28) else size


def framed(images: Images) -> Images:
    """Zero-pad images (N, 28, 28, 3) to 32 x 32; return others unchanged."""
    if images.shape[1:3] != (28, 28):
        return images
    return np.pad(images, ((0, 0), (BORDER, BORDER), (BORDER, BORDER), (0, 0)))
