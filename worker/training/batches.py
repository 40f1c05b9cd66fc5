"""From bytes to batches: order, augmentation and normalisation, vectorised on the device."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from skiplab.contract.spec import RunSpec
from worker.datasets.images import Images, Labels
from worker.training import draws, mixing, trivial
from worker.training.crops import CropFlip

COUNTED_AT_ONCE = 2**22
"""Pixels."""


@dataclass(frozen=True)
class Normalisation:
    """Per channel, of the training set, for images as bytes."""

    mean: Tensor  # 3 x 1 x 1
    std: Tensor

    @classmethod
    def of(cls, images: Images, device: torch.device) -> Self:
        """Measured on at most 10,000 images, evenly taken: more would not change the third digit."""
        sample = images[:: max(1, len(images) // 10_000)]
        # A byte has 256 values: how often each comes says it all, at a tenth of the time and none of the memory.
        values = np.arange(256)
        shares = [_counts(channel) / channel.size for channel in np.moveaxis(sample, -1, 0)]
        mean = np.array([share @ values for share in shares])
        std = np.sqrt([share @ (values - centre) ** 2 for share, centre in zip(shares, mean, strict=True)])
        # A set of one flat colour has no deviation to divide by.
        return cls(_per_channel(mean, device), _per_channel(std.clip(min=1.0), device))

    @cached_property
    def _line(self) -> tuple[Tensor, Tensor]:
        """Slope and offset of each channel."""
        scale = 1 / self.std.flatten()
        return scale, -self.mean.flatten() * scale

    def __call__(self, images: Tensor) -> Tensor:
        """Bytes N x 3 x H x W, channels last in memory, to floats likewise."""
        count, channels, height, width = images.shape
        # Row by row of W x 3 values, in one pass: over a dimension of three, torch takes seven times as long.
        rows = images.permute(0, 2, 3, 1).reshape(count, height, width * channels).float()
        scale, shift = self._line
        torch.addcmul(shift.repeat(width), rows, scale.repeat(width), out=rows)
        return rows.view(count, height, width, channels).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Batch:
    """Images N x 3 x H x W (float, channels last in memory) and what they show.

    Of mixed images, `share` of each shows `labels` and the rest `others`.
    """

    images: Tensor
    labels: Tensor
    others: Tensor | None = None
    share: float = 1.0


class TrainBatches:
    """The training set on the device; each epoch in an order, and with an augmentation, that seed and epoch fix."""

    def __init__(
        self,
        images: Images,
        labels: Labels,
        *,
        normalise: Normalisation,
        spec: RunSpec,
        device: torch.device,
    ) -> None:
        self._images, self._labels = _to_device(images, labels, device)
        self._normalise, self._spec, self._device = normalise, spec, device
        self._crop = CropFlip(self._images, most=spec.batch_size)

    @property
    def images(self) -> int:
        return len(self._labels)

    def __len__(self) -> int:
        """Batches an epoch."""
        whole, rest = divmod(len(self._labels), self._spec.batch_size)
        return whole + (rest > 1)

    def epoch(self, epoch: int, *, start: int = 0) -> Iterator[Batch]:
        """All images once, from batch `start` (from 0) on; the batches are the same wherever it starts.

        A last batch of a single image is left out: batch normalisation cannot train on it.
        """
        size = self._spec.batch_size
        order = torch.from_numpy(draws.of_epoch(self._spec.seed, epoch).permutation(len(self._labels)))
        for batch in range(start, len(self)):
            chosen = order[batch * size : (batch + 1) * size]
            yield self._batch(chosen, draws.of_batch(self._spec.seed, epoch, batch))

    def _batch(self, chosen: Tensor, random: Generator) -> Batch:
        spec = self._spec
        there = chosen.to(self._images.device)
        pixels = self._images.index_select(0, there) if spec.augment == "none" else self._crop(there, random)
        pixels = pixels.to(self._device, non_blocking=True)
        if spec.augment == "trivial":
            pixels = trivial.augment(pixels, random)
        images, labels = self._normalise(pixels.permute(0, 3, 1, 2)), self._labels[chosen.to(self._device)]
        if spec.cutout:
            mixing.cut_out(images, spec.cutout, random)
        if not (spec.mixup or spec.cutmix):
            return Batch(images, labels)
        images, share = mixing.mix(images, mixup=spec.mixup, cutmix=spec.cutmix, random=random)
        return Batch(images, labels, labels.roll(1), share)


class EvalBatches:
    """A fixed set on the device, in order, as it is."""

    def __init__(
        self, images: Images, labels: Labels, *, normalise: Normalisation, batch_size: int, device: torch.device
    ) -> None:
        self._images, self._labels = _to_device(images, labels, device)
        self._normalise, self._batch_size, self._device = normalise, batch_size, device

    def __len__(self) -> int:
        """Images."""
        return len(self._labels)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, len(self), self._batch_size):
            part = slice(start, start + self._batch_size)
            pixels = self._images[part].to(self._device, non_blocking=True)
            yield self._normalise(pixels.permute(0, 3, 1, 2)), self._labels[part]


def _counts(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each byte comes, in pieces: NumPy makes eight bytes of each while it counts."""
    step = max(1, COUNTED_AT_ONCE * len(pixels) // max(1, pixels.size))
    pieces = (pixels[start : start + step] for start in range(0, len(pixels), step))
    counts = np.zeros(256, dtype=np.int64)
    for piece in pieces:
        counts += np.bincount(piece.ravel(), minlength=256)
    return counts


def _to_device(images: Images, labels: Labels, device: torch.device) -> tuple[Tensor, Tensor]:
    """Images that would fill a GPU stay where they are, and travel batch by batch."""
    home = device if _fits(images.nbytes, device) else torch.device("cpu")
    return _tensor(images).to(home), _tensor(labels).to(device)


def _fits(count: int, device: torch.device) -> bool:
    """Whether so many bytes leave at least half of what is free on the device to the training itself."""
    return device.type != "cuda" or count <= torch.cuda.mem_get_info(device)[0] / 2


def _tensor(array: Images | Labels) -> Tensor:
    # A read-only array cannot be a tensor: np.require copies it, and leaves alone the cache's maps and other arrays.
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))


def _per_channel(values: NDArray[np.float64], device: torch.device) -> Tensor:
    return torch.tensor(values, dtype=torch.float32, device=device).view(3, 1, 1)
