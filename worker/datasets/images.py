"""A data set in memory: images as bytes, just as they were decoded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]  # N x H x W x 3
Labels = NDArray[np.int64]  # N, from 0


@dataclass(frozen=True)
class ImageData:
    """Arrays may be memory maps: a data set larger than memory is read as it is needed."""

    name: str
    classes: tuple[str, ...]
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        _, height, width, channels = self.train_images.shape
        return channels, height, width
