"""Batches from uint8 images: shuffling, augmentation and normalisation, vectorised on the device."""

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
"""Pixels whose histogram is computed at once."""


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation of each channel of the training set, on the scale 0..255."""

    mean: Tensor  # (3, 1, 1)
    std: Tensor  # (3, 1, 1)

    @classmethod
    def of(cls, images: Images, device: torch.device) -> Self:
        """Compute from uint8 images (N, H, W, 3), of which at most 10,000 evenly spaced ones are used.

        More would not change the third digit.
        """
        sample = images[:: max(1, len(images) // 10_000)]
        # A histogram of the 256 values suffices, in a tenth of the time and without a float copy.
        values = np.arange(256)
        shares = [_counts(channel) / channel.size for channel in np.moveaxis(sample, -1, 0)]
        mean = np.array([share @ values for share in shares])
        std = np.sqrt([share @ (values - centre) ** 2 for share, centre in zip(shares, mean, strict=True)])
        # Images of one flat colour have a deviation of 0.
        return cls(_per_channel(mean, device), _per_channel(std.clip(min=1.0), device))

    @cached_property
    def _line(self) -> tuple[Tensor, Tensor]:
        """Scale and shift of each channel: y = x * scale + shift."""
        scale = 1 / self.std.flatten()
        return scale, -self.mean.flatten() * scale

    def __call__(self, images: Tensor) -> Tensor:
        """Normalise images: (N, 3, H, W) uint8 to float32, both channels_last."""
        count, channels, height, width = images.shape
        # One pass over rows of W * 3 values: broadcasting over a dimension of 3 takes PyTorch seven times as long.
        rows = images.permute(0, 2, 3, 1).reshape(count, height, width * channels).float()
        scale, shift = self._line
        torch.addcmul(shift.repeat(width), rows, scale.repeat(width), out=rows)
        return rows.view(count, height, width, channels).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Batch:
    """Images and labels of one step.

    After mixup or CutMix the target of an image is `share` of `labels` and 1 - `share` of `others`.
    """

    images: Tensor  # (N, 3, H, W), float32, channels_last
    labels: Tensor  # (N,), int64
    others: Tensor | None = None  # (N,), int64
    share: float = 1.0


class TrainBatches:
    """The training set on the device. Order and augmentation of an epoch are functions of seed and epoch."""

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
        """Return the number of batches per epoch."""
        whole, rest = divmod(len(self._labels), self._spec.batch_size)
        return whole + (rest > 1)

    def epoch(self, epoch: int, *, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch from index `start` on; they do not depend on `start`.

        A last batch of a single image is dropped: batch normalisation cannot train on it.
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
    """A fixed set on the device, in order and without augmentation."""

    def __init__(
        self, images: Images, labels: Labels, *, normalise: Normalisation, batch_size: int, device: torch.device
    ) -> None:
        self._images, self._labels = _to_device(images, labels, device)
        self._normalise, self._batch_size, self._device = normalise, batch_size, device

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._labels)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, len(self), self._batch_size):
            part = slice(start, start + self._batch_size)
            pixels = self._images[part].to(self._device, non_blocking=True)
            yield self._normalise(pixels.permute(0, 3, 1, 2)), self._labels[part]


def _counts(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the histogram (256,) of uint8 pixels, in pieces: np.bincount converts its input to int64."""
    step = max(1, COUNTED_AT_ONCE * len(pixels) // max(1, pixels.size))
    pieces = (pixels[start : start + step] for start in range(0, len(pixels), step))
    counts = np.zeros(256, dtype=np.int64)
    for piece in pieces:
        counts += np.bincount(piece.ravel(), minlength=256)
    return counts


def _to_device(images: Images, labels: Labels, device: torch.device) -> tuple[Tensor, Tensor]:
    """Move a set to the device; images that would fill a GPU stay in host memory and are copied batch by batch."""
    home = device if _fits(images.nbytes, device) else torch.device("cpu")
    return _tensor(images).to(home), _tensor(labels).to(device)


def _fits(count: int, device: torch.device) -> bool:
    """Return whether `count` bytes leave at least half of the free device memory for training."""
    return device.type != "cuda" or count <= torch.cuda.mem_get_info(device)[0] / 2


def _tensor(array: Images | Labels) -> Tensor:
    # PyTorch has no read-only tensors: np.require copies such an array and returns writable ones unchanged.
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))


def _per_channel(values: NDArray[np.float64], device: torch.device) -> Tensor:
    return torch.tensor(values, dtype=torch.float32, device=device).view(3, 1, 1)
