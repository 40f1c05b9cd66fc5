"""Definition of a network: its builder, defaults and minimum image size."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from skiplab.contract.check import ImageShape
from worker.errors import CannotTrain

Shape = ImageShape
"""Channels, height, width."""


@dataclass(frozen=True)
class Network:
    """A network on offer, built-in or of a plugin."""

    label: str
    builder: Callable[..., nn.Module]
    paper: str | None
    smallest: int | None  # minimum image side in pixels; None: unknown
    fits_image: bool = False  # whether the builder takes `image_shape`
    defaults: Mapping[str, Any] = field(default_factory=dict)
    numerics: int = 1  # incremented when its outputs change for the same seed

    def build(self, key: str, *, classes: int, image_shape: Shape) -> nn.Module:
        """Build it with weights drawn from PyTorch's global generator. Raises ImageTooSmall."""
        if self.smallest is not None and min(image_shape[1:]) < self.smallest:
            raise ImageTooSmall(key, image_shape, self.smallest)
        if self.fits_image:
            return self.builder(classes=classes, image_shape=image_shape)
        return self.builder(classes=classes)


class ImageTooSmall(CannotTrain):
    def __init__(self, key: str, image_shape: Shape, smallest: int) -> None:
        _, height, width = image_shape
        super().__init__(
            f"{key} needs images of at least {smallest} x {smallest} pixels; these are {height} x {width}."
        )
