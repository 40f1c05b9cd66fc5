"""Makes a data set of a folder or zip of images: `train/<class>/*.png|jpg` and `test/<class>/...`."""

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

import numpy as np
from PIL import Image, UnidentifiedImageError

from worker.datasets import cache
from worker.datasets.images import ImageData, Images, Labels
from worker.errors import CannotTrain

SPLITS = ("train", "test")
SUFFIXES = {".png", ".jpg", ".jpeg"}
LARGEST = 10 * 2**30
"""Bytes that a zip may unpack to: more is a mistake or an attack."""

KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}")


class BadImages(CannotTrain):
    """The folder or zip cannot become a data set; nothing of it was kept."""


@dataclass(frozen=True)
class Entry:
    """One image file."""

    split: str
    label: str
    path: str


class Source(Protocol):
    """Where the files are."""

    def paths(self) -> list[str]: ...

    def open(self, path: str) -> BinaryIO: ...


def import_images(key: str, path: Path, home: Path, progress: Callable[[int, int], None]) -> ImageData:
    """Decode every image once into the lab's cache, under `key`. `progress` hears how many of how many are done.

    Grey images become three channels; images of another size than the first are resized to it. Raises BadImages.
    """
    if not KEY.fullmatch(key):
        raise BadImages(f"{key!r} cannot be a data set's name: use a-z, 0-9, '_', '.' and '-', at most 64 of them.")
    with _source(path) as source:
        entries = _entries(source.paths(), path)
        classes = _classes(entries, path)
        parts = {split: [entry for entry in entries if entry.split == split] for split in SPLITS}
        size = _size(source, entries[0])
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            progress(done, len(entries))

        train, test = (_decode(source, parts[split], classes, size, count) for split in SPLITS)
    data = ImageData(key, tuple(classes), *train, *test)
    cache.save(home, data, label=key, source=f"imported from {path.name}")
    return data


def import_with_progress(key: str, path: Path, home: Path) -> None:
    """`import_images` with a bar in the terminal."""
    from rich.progress import track  # only a person at a terminal needs it

    steps: list[int] = []
    _ = track, steps
