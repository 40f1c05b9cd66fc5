"""Decoded data sets on disk: one folder each, arrays that can be mapped into memory, and a card."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from backend.contract import places
from backend.contract.catalog import DatasetCard
from worker.datasets.images import ImageData

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
VALIDATION = ("val_images", "val_labels")
"""Arrays that only some data sets have."""

CARD = "card.json"


def top(home: Path) -> Path:
    """Where all data sets are. What begins with a dot in there is not whole."""
    return places.datasets(home)


def folder(home: Path, key: str) -> Path:
    return top(home) / key


def holds(home: Path, key: str) -> bool:
    with door(home):
        return (folder(home, key) / CARD).is_file()


def load(home: Path, key: str) -> ImageData:
    """The data set as memory maps."""
    place = folder(home, key)
    with door(home):
        # Copy on write: nothing reaches the file, and torch, which has no read-only tensors, takes them as they are.
        names = (*ARRAYS, *(name for name in VALIDATION if (place / f"{name}.npy").is_file()))
        arrays = {name: np.load(place / f"{name}.npy", mmap_mode="c") for name in names}
        classes = _read(place / CARD).classes or ()
    return ImageData(name=key, classes=tuple(classes), **arrays)


def cards(home: Path) -> list[DatasetCard]:
    """Of all data sets that are here, by key."""
    with door(home):
        return [_read(card) for card in sorted(top(home).glob(f"*/{CARD}")) if card.parent.name[0] != "."]


@contextmanager
def door(home: Path) -> Iterator[None]:
    """One at a time: nobody reads half of an old data set and half of a new one, or sweeps what is just being made."""
    top(home).mkdir(parents=True, exist_ok=True)
    hold = lock(top(home) / ".door.lock")
    try:
        yield
    finally:
        os.close(hold)


def lock(file: Path, how: int = 0) -> int:
    """A descriptor that holds the file until it is closed, by death too. `how`: LOCK_NB, not to wait for it."""
    hold = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | how)
    except BaseException:
        os.close(hold)
        raise
    return hold


def _read(card: Path) -> DatasetCard:
    return DatasetCard.model_validate(json.loads(card.read_text()))
