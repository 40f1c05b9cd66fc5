"""Decoded data sets on disk: a folder for each version, arrays that can be mapped into memory, and a card."""

from pathlib import Path

from skiplab.contract import places, shelf
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.shelf import CARD as CARD
from skiplab.contract.shelf import door as door
from skiplab.contract.shelf import lock as lock
from worker.datasets.identity import DamagedData, array_files, mapped
from worker.datasets.images import NEEDED_SPLITS, ImageData


def top(home: Path) -> Path:
    """Where all data sets are. What begins with a dot in there is not whole."""
    return places.datasets(home)


def folder(home: Path, key: str, number: int = 1) -> Path:
    return places.dataset(home, key, number)


def holds(home: Path, key: str) -> bool:
    with door(home):
        return shelf.current(home, key) is not None


def load(home: Path, key: str, card: DatasetCard | None = None) -> ImageData:
    """A version as memory maps; the current one where none is named. Raises FileNotFoundError, DamagedData."""
    with door(home):
        card = card or shelf.current(home, key)
        if card is None or card.version is None:
            raise FileNotFoundError(f"{folder(home, key)} holds no data set")
        place = folder(home, key, card.version)
        # Copy on write: nothing reaches the file, and torch, which has no read-only tensors, takes them as they are.
        arrays = {file.stem: mapped(file, "c") for file in array_files(place)}
        for name in (f"{split}_{what}" for split in NEEDED_SPLITS for what in ("images", "labels")):
            if name not in arrays:
                raise DamagedData(place / f"{name}.npy", FileNotFoundError("it is missing"))
    return ImageData(name=key, classes=tuple(card.classes or ()), version=card.version, sha256=card.sha256, **arrays)


def cards(home: Path) -> list[DatasetCard]:
    """Of the current versions of all data sets that are here, by key."""
    with door(home):
        return [card for key in shelf.keys(home) if (card := shelf.current(home, key)) is not None]


def all_versions(home: Path) -> list[DatasetCard]:
    """By key and number."""
    with door(home):
        return [card for key in shelf.keys(home) for card in shelf.versions(home, key)]
