"""Cutout, mixup and CutMix, applied to normalised batches."""

import math

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor


def cut_out(images: Tensor, side: int, random: Generator) -> Tensor:
    """Apply Cutout (DeVries and Taylor 2017, arXiv:1708.04552) in place, and return the images.

    images: (N, 3, H, W), normalised, channels_last. Sets a square of `side` pixels around a random pixel of each image
    to 0, the mean colour; at the border it is clipped.
    """
    count, channels, height, width = images.shape
    rows = _covers(random.integers(height, size=count), side, height)
    columns = _covers(random.integers(width, size=count), side, width).repeat_interleave(channels, dim=1)
    square = (rows.unsqueeze(2) & columns.unsqueeze(1)).to(images.device)
    # Rows of W * 3 values: broadcasting over a dimension of 3 is many times slower in PyTorch.
    images.permute(0, 2, 3, 1).view(count, height, width * channels).masked_fill_(square, 0)
    return images


def mix(images: Tensor, *, mixup: float, cutmix: float, random: Generator) -> tuple[Tensor, float]:
    """Mix each image with its predecessor in the batch (`images.roll(1, 0)`); return images and the fraction kept.

    images: (N, 3, H, W). `mixup` (Zhang et al. 2018, arXiv:1710.09412) and `cutmix` are the alphas of their Beta
    distributions; 0 disables, and of two one is chosen at random. Batches are shuffled, so neighbours are random pairs.
    """
    takes_cutmix = cutmix > 0 and (mixup == 0 or random.random() < 0.5)
    alpha = cutmix if takes_cutmix else mixup
    share = float(random.beta(alpha, alpha))
    return _paste(images, share, random) if takes_cutmix else (torch.lerp(images.roll(1, 0), images, share), share)


def _paste(images: Tensor, share: float, random: Generator) -> tuple[Tensor, float]:
    """Apply CutMix (Yun et al. 2019, arXiv:1905.04899) in place, one box for the batch; return the fraction kept."""
    height, width = images.shape[-2:]
    rows, columns = _box(height, share, random), _box(width, share, random)
    images[..., rows, columns] = images[..., rows, columns].roll(1, 0)
    covered = (rows.stop - rows.start) * (columns.stop - columns.start)
    return images, 1 - covered / (height * width)


def _box(size: int, share: float, random: Generator) -> slice:
    """Return one side of a box around a random pixel that leaves about `share` of the image, clipped at the border."""
    centre, half = int(random.integers(size)), int(size * math.sqrt(1 - share) / 2)
    return slice(max(0, centre - half), min(size, centre + half))


def _covers(centres: NDArray[np.int64], side: int, size: int) -> Tensor:
    """Return (N, size), bool: whether a square of `side` pixels around each centre covers a row or column."""
    first = torch.from_numpy(centres).unsqueeze(1) - side // 2
    pixels = torch.arange(size)
    return (pixels >= first) & (pixels < first + side)
