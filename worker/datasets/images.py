"""A data set in memory: images as bytes, just as they were decoded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skiplab.contract.imports import Split as Split  # of data sets, wherever they come from

Images = NDArray[np.uint8]  # N x H x W x 3
Labels = NDArray[np.int64]  # N, from 0

SPLITS: tuple[Split, ...] = ("train", "val", "test")

NEEDED_SPLITS: tuple[Split, ...] = ("train", "test")
"""Every data set has them; some have a validation set of their own as well."""

Size = tuple[int, int]  # height, width

BORDER = 2
"""Pixels around an image of 28 x 28, which makes it one of 32 x 32: most networks here are made for that."""


@dataclass(frozen=True)
class ImageData:
    """Arrays may be memory maps: a data set larger than memory is read as it is needed."""

    name: str
    classes: tuple[str, ...]
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels
    val_images: Images | None = None
    """Of a data set that brings a validation set of its own."""

    val_labels: Labels | None = None
    version: int | None = None
    sha256: str | None = None
    """Of what is kept on the disk: which version it is, and its content's hash where that is known."""

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        _, height, width, channels = self.train_images.shape
        return channels, height, width


def coloured(images: NDArray[np.uint8]) -> Images:
    """N x H x W of grey, or N x H x W x 3 as it is, with three channels."""
    return images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)


def framed_size(size: Size) -> Size:
    """Of images of this size with their border, where they get one."""
    height, width = size
    return (height + 2 * BORDER, width + 2 * BORDER) if size == (28, 28) else size


def framed(images: Images) -> Images:
    """Images of 28 x 28 with a black border to 32 x 32; others as they are."""
    if images.shape[1:3] != (28, 28):
        return images
    return np.pad(images, ((0, 0), (BORDER, BORDER), (BORDER, BORDER), (0, 0)))
