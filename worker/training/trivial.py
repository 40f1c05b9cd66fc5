"""TrivialAugment Wide (Müller and Hutter 2021, arXiv:2103.10158): one random operation of random strength per image.

Operations, magnitudes and rounding are those of torchvision.transforms.TrivialAugmentWide on uint8 images. A batch is
grouped by operation, so that each operation is a few calls for all of its images.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.nn import functional

STRENGTHS = 31


@dataclass(frozen=True)
class Operation:
    """`apply` maps uint8 images (n, 3, H, W) and strengths (n,) to new images; it does not modify its input."""

    name: str
    apply: Callable[[Tensor, Tensor], Tensor]
    strongest: float = 0  # strengths are evenly spaced from 0 to this
    either_way: bool = False  # whether the sign of the strength is random

    def strengths(self, steps: Tensor, negative: Tensor) -> Tensor:
        """Map steps in [0, STRENGTHS) to strengths (n,)."""
        chosen = torch.linspace(0, self.strongest, STRENGTHS)[steps].double()
        return torch.where(negative, -chosen, chosen) if self.either_way else chosen


def augment(images: Tensor, random: Generator) -> Tensor:
    """Augment images (N, H, W, 3), uint8; return new images of the same shape."""
    count, device = len(images), images.device
    kinds = random.integers(len(OPERATIONS), size=count)
    steps = torch.from_numpy(random.integers(STRENGTHS, size=count))
    negative = torch.from_numpy(random.random(count) < 0.5)
    # Process the batch by operation, then restore its order.
    order = np.argsort(kinds, kind="stable")
    parts = []
    for kind in np.unique(kinds):
        operation = OPERATIONS[kind]
        chosen = torch.from_numpy((kinds == kind).nonzero()[0])
        strengths = operation.strengths(steps[chosen], negative[chosen]).to(device)
        group = images.index_select(0, chosen.to(device)).permute(0, 3, 1, 2)
        parts.append(operation.apply(group, strengths).permute(0, 2, 3, 1))
    return torch.cat(parts).index_select(0, torch.from_numpy(np.argsort(order)).to(device))


# -- Geometry: inverse affine maps; nearest neighbour, zeros outside -------------------------------------------------


def _shear_x(images: Tensor, strengths: Tensor) -> Tensor:
    # About the top-left corner, which is half an image from the origin.
    return _moved(images, x=(1, strengths, strengths * images.shape[2] / 2))


def _shear_y(images: Tensor, strengths: Tensor) -> Tensor:
    return _moved(images, y=(strengths, 1, strengths * images.shape[3] / 2))


def _translate_x(images: Tensor, strengths: Tensor) -> Tensor:
    return _moved(images, x=(1, 0, -strengths.trunc()))


def _translate_y(images: Tensor, strengths: Tensor) -> Tensor:
    return _moved(images, y=(0, 1, -strengths.trunc()))


def _rotate(images: Tensor, degrees: Tensor) -> Tensor:
    radians = degrees * (math.pi / 180)
    return _moved(images, x=(radians.cos(), -radians.sin(), 0), y=(radians.sin(), radians.cos(), 0))


Row = tuple[Tensor | float, Tensor | float, Tensor | float]
"""Coefficients of x, y and 1 of a source coordinate, in pixels from the image centre; (n,), or scalars for all."""


def _moved(images: Tensor, *, x: Row = (1, 0, 0), y: Row = (0, 1, 0)) -> Tensor:
    count, _, height, width = images.shape
    across = torch.arange(width, device=images.device) - (width - 1) / 2
    down = (torch.arange(height, device=images.device) - (height - 1) / 2).unsqueeze(1)

    def source(row: Row, size: int) -> Tensor:
        by_x, by_y, by_1 = (
            torch.as_tensor(part, dtype=torch.float32, device=images.device).expand(count).view(-1, 1, 1)
            for part in row
        )
        return (by_x * across + by_y * down + by_1) / (0.5 * size)

    grid = torch.stack((source(x, width), source(y, height)), dim=-1)
    moved = functional.grid_sample(images.float(), grid, mode="nearest", padding_mode="zeros", align_corners=False)
    return moved.byte()


# -- Blends with a degenerate image; a strength below 0 moves towards it, above 0 away from it -----------------------


def _brightness(images: Tensor, strengths: Tensor) -> Tensor:
    return _blend(images, torch.zeros((), device=images.device), strengths)


def _color(images: Tensor, strengths: Tensor) -> Tensor:
    return _blend(images, _grey(images), strengths)


def _contrast(images: Tensor, strengths: Tensor) -> Tensor:
    return _blend(images, _grey(images).float().mean((1, 2, 3), keepdim=True), strengths)


def _sharpness(images: Tensor, strengths: Tensor) -> Tensor:
    """Blend with a blurred image whose border pixels are unchanged."""
    kernel = torch.ones(3, 1, 3, 3, device=images.device)
    kernel[..., 1, 1] = 5
    blurred = images.float()
    blurred[..., 1:-1, 1:-1] = functional.conv2d(blurred, kernel / 13, groups=3).round()
    return _blend(images, blurred, strengths)


def _blend(images: Tensor, degenerate: Tensor, strengths: Tensor) -> Tensor:
    kept, taken = ((part.float().view(-1, 1, 1, 1)) for part in (1 + strengths, -strengths))
    return (kept * images + taken * degenerate).clamp(0, 255).byte()


def _grey(images: Tensor) -> Tensor:
    red, green, blue = images[:, :1], images[:, 1:2], images[:, 2:]
    return (0.2989 * red + 0.587 * green + 0.114 * blue).byte()


# -- Point operations: a new value for each value --------------------------------------------------------------------


def _posterize(images: Tensor, bits: Tensor) -> Tensor:
    """Clear the lowest bits."""
    masks = 256 - 2 ** bits.float().round().int()
    return images & masks.byte().view(-1, 1, 1, 1)


def _solarize(images: Tensor, strengths: Tensor) -> Tensor:
    return torch.where(images >= (255 - strengths).float().view(-1, 1, 1, 1), 255 - images, images)


def _autocontrast(images: Tensor, _: Tensor) -> Tensor:
    """Stretch each channel to 0..255; constant channels stay."""
    darkest, brightest = (end(images, (2, 3), keepdim=True).float() for end in (torch.amin, torch.amax))
    flat = darkest == brightest
    scale = (255 / (brightest - darkest)).masked_fill(flat, 1)
    return ((images - darkest.masked_fill(flat, 0)) * scale).clamp(0, 255).byte()


def _equalize(images: Tensor, _: Tensor) -> Tensor:
    """Equalise the histogram of each channel."""
    count, channels, height, width = images.shape
    values = images.reshape(count * channels, height * width).long()
    counts = torch.zeros(count * channels, 256, dtype=torch.int64, device=images.device)
    counts.scatter_add_(1, values, torch.ones_like(values))
    brightest = counts.gather(1, values.amax(1, keepdim=True))
    step = (height * width - brightest) // 255
    below = counts.cumsum(1) - counts
    # A nearly constant channel has a step of 0 and stays.
    curves = ((below + step // 2) // step.clamp(min=1)).clamp(0, 255)
    return torch.where(step == 0, values, curves.gather(1, values)).byte().view(images.shape)


OPERATIONS = (
    Operation("Identity", lambda images, _: images),
    Operation("ShearX", _shear_x, 0.99, either_way=True),
    Operation("ShearY", _shear_y, 0.99, either_way=True),
    Operation("TranslateX", _translate_x, 32, either_way=True),
    Operation("TranslateY", _translate_y, 32, either_way=True),
    Operation("Rotate", _rotate, 135, either_way=True),
    Operation("Brightness", _brightness, 0.99, either_way=True),
    Operation("Color", _color, 0.99, either_way=True),
    Operation("Contrast", _contrast, 0.99, either_way=True),
    Operation("Sharpness", _sharpness, 0.99, either_way=True),
    Operation("Posterize", _posterize, 6),
    Operation("Solarize", _solarize, 255),
    Operation("AutoContrast", _autocontrast),
    Operation("Equalize", _equalize),
)
