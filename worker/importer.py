"""Makes a data set of a folder or zip of images: `train/<class>/*.png` and `test/<class>/...`."""

import re
import shutil
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from backend.contract.shelf import IMPORTED
from worker.datasets import cache
from worker.datasets.images import SPLITS, ImageData, Images, Labels, Size, Split, framed
from worker.datasets.limits import Limits
from worker.datasets.maker import Maker, making, sweep
from worker.datasets.pictures import BadImages, picture, sized
from worker.datasets.sources import check_replaceable
from worker.datasets.trees import Entry, Found, Tree, look_through, opened

KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}")

SAMPLE = 256
"""Images, evenly taken, that are looked at to find the size of all."""

WITHOUT_A_COMMON_SIZE: Size = (64, 64)
LARGEST_SIDE = 1024

Progress = Callable[[int, int], None]
"""Hears how many images of how many are done."""


@dataclass(frozen=True)
class Classes:
    """The images of each split, in order, and the classes that both have."""

    names: tuple[str, ...]
    of: dict[Split, list[Entry]]

    def labels(self, split: Split) -> Labels:
        number = {name: place for place, name in enumerate(self.names)}
        return np.array([number[entry.label] for entry in self.of[split]], dtype=np.int64)


def import_images(
    key: str, path: Path, home: Path, progress: Progress, *, size: Size | None = None, limits: Limits | None = None
) -> ImageData:
    """Decode every image once into the lab's cache, under `key`. Memory holds one image at a time.

    All images of a data set have one size: `size` (height, width), or else that of most of them, or else 64 x 64. What
    has another shape is cut around its centre and scaled. Grey images become three channels, 28 x 28 gets a border to
    32 x 32. Raises BadImages, and then the cache is as it was.
    """
    limits = limits or Limits()
    _check(key, size)
    check_replaceable(key)
    sweep(home)
    with opened(path, limits) as tree, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on files that it can read all the same
        classes = _classes(look_through(tree, path), path)
        size = size or _common_size(tree, [entry for split in SPLITS for entry in classes.of[split]], limits)
        _check_room(home, sum(map(len, classes.of.values())), size, limits)
        with making(home, key) as maker:
            _decode(tree, classes, size, maker, progress, limits)
            maker.describe(classes.names, label=key, source=f"{IMPORTED}{path.name}")
    return cache.load(home, key)


def _check(key: str, size: Size | None) -> None:
    if not KEY.fullmatch(key):
        raise BadImages(f"{key!r} cannot be a data set's name: use a-z, 0-9, '_', '.' and '-', at most 64 of them.")
    if size and not all(1 <= side <= LARGEST_SIDE for side in size):
        height, width = size
        raise BadImages(f"The size is {width} x {height}: each side can be 1 to {LARGEST_SIDE} pixels.")


def _classes(found: Found, path: Path) -> Classes:
    """Raises BadImages for a class without images in a split."""
    of: dict[Split, list[Entry]] = {
        split: [entry for entry in found.entries if entry.split == split] for split in SPLITS
    }
    labels = {split: {entry.label for entry in of[split]} for split in SPLITS}
    for label in sorted(found.classes.union(*labels.values())):
        lacks = [f"{split}/" for split in SPLITS if label not in labels[split]]
        if lacks:
            raise BadImages(
                f"{path}: class {label!r} has no images in {' and '.join(lacks)}: add some, or remove the class."
            )
    if len(labels["train"]) < 2:
        raise BadImages(f"{path} has one class, {found.entries[0].label!r}: there is nothing to tell it from.")
    return Classes(tuple(sorted(labels["train"])), of)


def _common_size(tree: Tree, found: Sequence[Entry], limits: Limits) -> Size:
    sample = found[:: -(-len(found) // SAMPLE)]
    sizes = Counter(picture(tree, entry.path, limits).size for entry in sample)
    (width, height), count = sizes.most_common(1)[0]
    return (height, width) if 2 * count >= len(sample) else WITHOUT_A_COMMON_SIZE


def _check_room(home: Path, images: int, size: Size, limits: Limits) -> None:
    home.mkdir(parents=True, exist_ok=True)
    needed, free = prod((images, *size, 3)), shutil.disk_usage(home).free - limits.kept_free
    if needed > free:
        height, width = size
        raise BadImages(
            f"{images:,} images of {width} x {height} pixels take {needed / 2**30:.1f} GiB on the disk of {home}, where"
            f" {max(0, free) / 2**30:.1f} GiB can be taken: make room, or import them smaller (--size)."
        )


def _decode(tree: Tree, classes: Classes, size: Size, maker: Maker, progress: Progress, limits: Limits) -> None:
    whole = sum(map(len, classes.of.values()))
    done = 0

    def blocks(split: Split) -> Iterator[Images]:
        nonlocal done
        for entry in classes.of[split]:
            yield framed(np.asarray(sized(picture(tree, entry.path, limits, size), size))[None])
            done += 1
            progress(done, whole)

    height, width = framed(np.zeros((1, *size, 3), dtype=np.uint8)).shape[1:3]
    for split in SPLITS:
        maker.write(split, blocks(split), classes.labels(split), size=(height, width))
