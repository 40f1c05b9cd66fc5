"""Fixed, stratified parts of a data set."""

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

Places = NDArray[np.int64]
"""Indices of images, in order."""

IN_MEMORY = 2**30
"""Bytes of a part of a data set that are simply copied."""

AT_ONCE = 1000
"""Images copied at once to a part on the disk."""


class CannotSplit(CannotTrain):
    """The validation set would have no image, or leave none to train on."""

    def __init__(self, fraction: float, images: int) -> None:
        super().__init__(
            f"val_fraction is {fraction:g}, but of {images:,} training images that is none to validate on, or all of"
            " them: a fraction that leaves images on both sides is needed."
        )


def images_at(images: Images, places: Places, *, in_memory: int = IN_MEMORY) -> Images:
    """The images at these places. All of them are not copied; a part that is larger than `in_memory` bytes, of a memory
    map, becomes a memory map itself, in a file without a name beside the first one's that goes with the process."""
    if len(places) == len(images):
        return images
    shape = (len(places), *images.shape[1:])
    if not isinstance(images, np.memmap) or math.prod(shape) <= in_memory:
        return images[places]
    with TemporaryFile(dir=_beside(images)) as file:
        part = np.memmap(file, dtype=images.dtype, shape=shape)
    for start in range(0, len(places), AT_ONCE):
        part[start : start + AT_ONCE] = images[places[start : start + AT_ONCE]]
    return part


def _beside(images: np.memmap[Any, Any]) -> Path | None:
    """None, which is where the system keeps such files: a part of a part has no name to lie beside, and what a plugin
    maps may lie where nobody can write."""
    folder = Path(images.filename).parent if images.filename else None
    return folder if folder is not None and os.access(folder, os.W_OK) else None


def stratified(labels: Labels, count: int | None, *, seed: int = 0) -> Places:
    """Indices of `count` images (None, or more than there are: all), in order.

    Each class keeps its share, to within one image; which images they are depends on nothing but `seed`.
    """
    if count is None or count >= len(labels):
        return np.arange(len(labels))
    random = np.random.default_rng(seed)
    # Every image gets a place within its class, as a share of the class; the lowest shares of all classes are taken.
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + random.random()) / len(members)
    return np.sort(np.argsort(place, kind="stable")[:count])


def stratified_split(labels: Labels, fraction: float, *, seed: int = 0) -> tuple[Places, Places]:
    """Indices to train on and indices to validate on: all images, none of them on both sides.

    The second holds `fraction` of the images, and each class has its share of it, to within one image. With a fraction
    of 0 it is empty. Raises CannotSplit.
    """
    count = held_out(len(labels), fraction)
    if fraction and not 0 < count < len(labels):
        raise CannotSplit(fraction, len(labels))
    held = stratified(labels, count, seed=seed)
    return np.setdiff1d(np.arange(len(labels)), held, assume_unique=True), held
