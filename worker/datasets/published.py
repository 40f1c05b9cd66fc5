"""Published data sets that torchvision can download, and how to convert each to arrays."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skiplab.contract.catalog import DatasetCard
from skiplab.contract.check import ImageShape
from skiplab.contract.sizes import human_bytes

DIGITS = tuple("0123456789")


class Split(NamedTuple):
    """One split of a data set as torchvision returns it."""

    images: NDArray[np.uint8]  # (N, H, W) grey, or (N, H, W, 3)
    labels: NDArray[np.integer[Any]]  # (N,)
    classes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Published:
    """A data set of torchvision. The counts are shown until it is downloaded."""

    key: str
    label: str
    source: str
    train_images: int
    test_images: int
    bytes: int
    """Size of the download."""

    torchvision: str
    """Class in torchvision.datasets, which has URLs and checksums."""

    image_shape: ImageShape = (3, 32, 32)
    """Channels, height and width after conversion."""

    read: Callable[[Any, Path, str], Split] = field(repr=False)
    """Called with that class, a folder and `train` or `test`; downloads missing files and returns the split."""

    @property
    def card(self) -> DatasetCard:
        return DatasetCard(
            key=self.key,
            label=self.label,
            train_images=self.train_images,
            test_images=self.test_images,
            image_shape=self.image_shape,
            available=False,
            needs=f"a download of {human_bytes(self.bytes)}",
            source=self.source,
        )


def _cifar(source: Any, root: Path, split: str) -> Split:
    found = source(root, train=split == "train", download=True)
    return Split(found.data, np.asarray(found.targets), tuple(found.classes))


def _mnist(source: Any, root: Path, split: str, *, classes: tuple[str, ...] = ()) -> Split:
    found = source(root, train=split == "train", download=True)
    return Split(found.data.numpy(), found.targets.numpy(), classes or tuple(found.classes))


def _svhn(source: Any, root: Path, split: str) -> Split:
    found = source(root, split=split, download=True)
    return Split(np.moveaxis(found.data, 1, -1), found.labels, DIGITS)


PUBLISHED = (
    Published(
        key="cifar10",
        label="CIFAR-10",
        source="Krizhevsky 2009, downloaded by torchvision",
        train_images=50_000,
        test_images=10_000,
        bytes=170_498_071,
        torchvision="CIFAR10",
        read=_cifar,
    ),
    Published(
        key="cifar100",
        label="CIFAR-100",
        source="Krizhevsky 2009, downloaded by torchvision",
        train_images=50_000,
        test_images=10_000,
        bytes=169_001_437,
        torchvision="CIFAR100",
        read=_cifar,
    ),
    Published(
        key="svhn",
        label="SVHN",
        source="Netzer et al. 2011, downloaded by torchvision",
        train_images=73_257,
        test_images=26_032,
        bytes=246_316_178,
        torchvision="SVHN",
        read=_svhn,
    ),
    Published(
        key="mnist",
        label="MNIST",
        source="LeCun et al. 1998, downloaded by torchvision, padded from 28x28 to 32x32",
        train_images=60_000,
        test_images=10_000,
        bytes=11_594_722,
        torchvision="MNIST",
        read=partial(_mnist, classes=DIGITS),
    ),
    Published(
        key="fashion_mnist",
        label="Fashion-MNIST",
        source="Xiao et al. 2017, downloaded by torchvision, padded from 28x28 to 32x32",
        train_images=60_000,
        test_images=10_000,
        bytes=30_878_645,
        torchvision="FashionMNIST",
        read=_mnist,
    ),
)
