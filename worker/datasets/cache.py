"""Decoded data sets on disk: one folder each, arrays that can be mapped into memory, and a card."""

import json
from pathlib import Path

import numpy as np

from backend.contract.catalog import DatasetCard
from worker.datasets.images import ImageData

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
CARD = "card.json"


def top(home: Path) -> Path:
    """Where all data sets are. What begins with a dot in there is not whole."""
    return home / "datasets"


def folder(home: Path, key: str) -> Path:
    return top(home) / key


def holds(home: Path, key: str) -> bool:
    return (folder(home, key) / CARD).is_file()


def keys(home: Path) -> list[str]:
    return sorted(card.parent.name for card in top(home).glob(f"*/{CARD}") if card.parent.name[0] != ".")


def load(home: Path, key: str) -> ImageData:
    """The data set as memory maps."""
    place = folder(home, key)
    arrays = {name: np.load(place / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    return ImageData(name=key, classes=tuple(card(home, key).classes or ()), **arrays)


def card(home: Path, key: str) -> DatasetCard:
    return DatasetCard.model_validate(json.loads((folder(home, key) / CARD).read_text()))
