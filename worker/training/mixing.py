"""Cutout, mixup and cutmix: what recipes do to a whole batch once it is normalised."""

import math

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor


def cut_out(images: Tensor, side: int, random: Generator) -> Tensor:
    """Erase, in place, a square of `side` pixels around a random pixel of each image (DeVries and Taylor 2017).

    Images are N x 3 x H x W, normalised, channels last in memory. Zero is the mean colour; at an edge the square is
    cut off.
    """
    count, channels, height, width = images.shape
    rows = _covers(random.integers(height, size=count), side, height)
    columns = _covers(random.integers(width, size=count), side, width).repeat_interleave(channels, dim=1)
    square = (rows.unsqueeze(2) & columns.unsqueeze(1)).to(images.device)
    # Row by row of W x 3 values: over a dimension of three, torch is many times slower.
    images.permute(0, 2, 3, 1).view(count, height, width * channels).masked_fill_(square, 0)
    return images


def mix(images: Tensor, *, mixup: float, cutmix: float, random: Generator) -> tuple[Tensor, float]:
    """Each image mixed with the one before it in the batch (`images.roll(1, 0)`), and the share that it keeps.

    `mixup` and `cutmix` are the alphas of their Beta distribution, 0 for none; of two, one is taken at random. A batch
    is in random order already, so neighbours are as good as any pairs.
    """
    takes_cutmix = cutmix > 0 and (mixup == 0 or random.random() < 0.5)
    alpha = cutmix if takes_cutmix else mixup
    share = float(random.beta(alpha, alpha))
    return _paste(images, share, random) if takes_cutmix else (torch.lerp(images.roll(1, 0), images, share), share)


def _paste(images: Tensor, share: float, random: Generator) -> tuple[Tensor, float]:
    """CutMix (Yun and others 2019), in place: one box for the batch, and the share that it left."""
    height, width = images.shape[-2:]
    rows, columns = _box(height, share, random), _box(width, share, random)
    images[..., rows, columns] = images[..., rows, columns].roll(1, 0)
    covered = (rows.stop - rows.start) * (columns.stop - columns.start)
    return images, 1 - covered / (height * width)


def _box(size: int, share: float, random: Generator) -> slice:
    """One side of a box that leaves about `share` of the picture, around a random pixel, cut off at the edges."""
    centre, half = int(random.integers(size)), int(size * math.sqrt(1 - share) / 2)
    return slice(max(0, centre - half), min(size, centre + half))


def _covers(centres: NDArray[np.int64], side: int, size: int) -> Tensor:
    """N x size: whether a square of `side` around the centre covers a row or column."""
    first = torch.from_numpy(centres).unsqueeze(1) - side // 2
    pixels = torch.arange(size)
    return (pixels >= first) & (pixels < first + side)
