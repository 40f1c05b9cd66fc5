"""From bytes to batches: order, augmentation and normalisation, vectorised on the device."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.contract.spec import RunSpec
from worker.datasets.images import Images, Labels

EPOCHS = 2**20  # more than any run has: each seed has its own row of epochs
PAD = 4  # pixels on each side before a random crop of the original size


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
        shares = [np.bincount(channel.ravel(), minlength=256) / channel.size for channel in np.moveaxis(sample, -1, 0)]
        mean = np.array([share @ values for share in shares])
        std = np.sqrt([share @ (values - centre) ** 2 for share, centre in zip(shares, mean, strict=True)])
        # A set of one flat colour has no deviation to divide by.
        return cls(_per_channel(mean, device), _per_channel(std.clip(min=1.0), device))

    def __call__(self, images: Tensor) -> Tensor:
        """Bytes N x 3 x H x W, channels last in memory, to floats likewise."""
        return images.float().sub_(self.mean).div_(self.std)


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
    """The training set on the device; each epoch in an order, and with crops and flips, that seed and epoch fix."""

    def __init__(
        self,
        images: Images,
        labels: Labels,
        *,
        normalise: Normalisation,
        spec: RunSpec,
        device: torch.device,
    ) -> None:
        whole, self._labels = _to_device(images, labels, device)
        self._images = whole if spec.augment == "none" else _windows(whole)
        self._normalise, self._batch_size, self._augment = normalise, spec.batch_size, spec.augment
        self._seed, self._device = spec.seed, device

    @property
    def images(self) -> int:
        return len(self._labels)

    def __len__(self) -> int:
        """Batches an epoch."""
        whole, rest = divmod(len(self._labels), self._batch_size)
        return whole + (rest > 1)

    def epoch(self, epoch: int, *, start: int = 0) -> Iterator[Batch]:
        """All images once, from batch `start` (from 0) on; the batches are the same wherever it starts.

        A last batch of a single image is left out: batch normalisation cannot train on it.
        """
        random = torch.Generator().manual_seed(self._seed * EPOCHS + epoch)
        order = torch.randperm(len(self._labels), generator=random)
        shifts = torch.randint(0, 2 * PAD + 1, (2, len(order)), generator=random)
        flips = torch.rand(len(order), generator=random) < 0.5
        order, shifts, flips = (tensor.to(self._device) for tensor in (order, shifts, flips))
        for batch in range(start, len(self)):
            part = slice(batch * self._batch_size, (batch + 1) * self._batch_size)
            chosen = order[part]
            images = (
                self._images[chosen] if self._augment == "none" else self._cropped(chosen, shifts[:, part], flips[part])
            )
            yield Batch(self._normalise(images.permute(0, 3, 1, 2)), self._labels[chosen])

    def _cropped(self, chosen: Tensor, shifts: Tensor, flips: Tensor) -> Tensor:
        images = self._images[chosen, shifts[0], shifts[1]]
        return torch.where(flips.view(-1, 1, 1, 1), images.flip(2), images)


class EvalBatches:
    """A fixed set on the device, in order, as it is."""

    def __init__(
        self, images: Images, labels: Labels, *, normalise: Normalisation, batch_size: int, device: torch.device
    ) -> None:
        self._images, self._labels = _to_device(images, labels, device)
        self._normalise, self._batch_size = normalise, batch_size

    def __len__(self) -> int:
        """Images."""
        return len(self._labels)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, len(self), self._batch_size):
            part = slice(start, start + self._batch_size)
            yield self._normalise(self._images[part].permute(0, 3, 1, 2)), self._labels[part]


def _windows(images: Tensor) -> Tensor:
    """N x 9 x 9 x H x W x 3: a view of every crop of every padded image, without a copy of them.

    One indexed read then gathers a batch of crops. The borders are black, as in the usual transform.
    """
    count, height, width, channels = images.shape
    padded = images.new_zeros(count, height + 2 * PAD, width + 2 * PAD, channels)
    padded[:, PAD:-PAD, PAD:-PAD] = images
    of_image, of_row, of_column, of_channel = padded.stride()
    return padded.as_strided(
        (count, 2 * PAD + 1, 2 * PAD + 1, height, width, channels),
        (of_image, of_row, of_column, of_row, of_column, of_channel),
    )


def _to_device(images: Images, labels: Labels, device: torch.device) -> tuple[Tensor, Tensor]:
    return _tensor(images).to(device), _tensor(labels).to(device)


def _tensor(array: Images | Labels) -> Tensor:
    # A read-only memory map cannot be a tensor: np.require copies it, and leaves alone what is in memory already.
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))


def _per_channel(values: NDArray[np.float64], device: torch.device) -> Tensor:
    return torch.tensor(values, dtype=torch.float32, device=device).view(3, 1, 1)
