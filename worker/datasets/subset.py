"""Fixed, stratified subsets of a data set."""

import math
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skiplab.contract.spec import held_out
from worker.datasets.images import Images, Labels
from worker.errors import CannotTrain

Indices = NDArray[np.int64]
"""Indices of images, ascending, (n,)."""

IN_MEMORY = 2**30
"""Bytes up to which a subset is copied to memory."""

AT_ONCE = 1000
"""Images copied at once to a subset on disk."""


class CannotSplit(CannotTrain):
    """Raised when a validation fraction would leave the training or validation set empty."""

    def __init__(self, fraction: float, images: int) -> None:
        super().__init__(
            f"val_fraction {fraction:g} of {images:,} training images leaves none for validation or none for training."
            " Choose a fraction that leaves images for both."
        )


def images_at(images: Images, indices: Indices, *, in_memory: int = IN_MEMORY) -> Images:
    """Return the images at these indices, (n, H, W, 3).

    All images are returned without a copy. A subset of a memory map that exceeds `in_memory` bytes becomes a memory map
    of an anonymous temporary file on the same disk.
    """
    if len(indices) == len(images):
        return images
    shape = (len(indices), *images.shape[1:])
    if not isinstance(images, np.memmap) or math.prod(shape) <= in_memory:
        return images[indices]
    with TemporaryFile(dir=_beside(images)) as file:
        part = np.memmap(file, dtype=images.dtype, shape=shape)
    for start in range(0, len(indices), AT_ONCE):
        part[start : start + AT_ONCE] = images[indices[start : start + AT_ONCE]]
    return part


def _beside(images: np.memmap[Any, Any]) -> Path | None:
    """Return the folder of a memory map; None, for the system's temporary folder, if it is unknown or read-only."""
    folder = Path(images.filename).parent if images.filename else None
    return folder if folder is not None and os.access(folder, os.W_OK) else None


def stratified(labels: Labels, count: int | None, *, seed: int = 0) -> Indices:
    """Return ascending indices of `count` images; all for None or a larger count.

    Class proportions are kept to within one image. Deterministic for a given `seed`.
    """
    if count is None or count >= len(labels):
        return np.arange(len(labels))
    random = np.random.default_rng(seed)
    # Each image gets a random rank within its class, as a fraction; the lowest fractions of all classes are taken.
    rank = np.empty(len(labels))
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        rank[members] = (np.arange(len(members)) + random.random()) / len(members)
    return np.sort(np.argsort(rank, kind="stable")[:count])


def stratified_split(labels: Labels, fraction: float, *, seed: int = 0) -> tuple[Indices, Indices]:
    """Partition all images; return indices for training and for validation.

    The latter are a stratified `fraction` of the images, empty for 0. Raises CannotSplit if either side of a positive
    fraction would be empty.
    """
    count = held_out(len(labels), fraction)
    if fraction and not 0 < count < len(labels):
        raise CannotSplit(fraction, len(labels))
    held = stratified(labels, count, seed=seed)
    return np.setdiff1d(np.arange(len(labels)), held, assume_unique=True), held
