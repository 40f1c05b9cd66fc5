"""Decoded data sets on disk: a folder for each version, with memory-mappable arrays and a card."""

from pathlib import Path

from skiplab.contract import dataset_store, places
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.dataset_store import CARD as CARD
from skiplab.contract.dataset_store import lock as lock
from skiplab.contract.dataset_store import locked as locked
from worker.datasets.identity import DamagedData, array_files, mapped
from worker.datasets.images import NEEDED_SPLITS, ImageData


def top(home: Path) -> Path:
    """Return the folder of all data sets. Entries that begin with a dot are incomplete."""
    return places.datasets(home)


def folder(home: Path, key: str, number: int = 1) -> Path:
    """Return the folder of a version."""
    return places.dataset(home, key, number)


def holds(home: Path, key: str) -> bool:
    """Return whether any version of a data set is cached."""
    with locked(home):
        return dataset_store.current(home, key) is not None


def load(home: Path, key: str, card: DatasetCard | None = None) -> ImageData:
    """Return a version as memory maps; without `card`, the current one. Raises FileNotFoundError, DamagedData."""
    with locked(home):
        card = card or dataset_store.current(home, key)
        if card is None or card.version is None:
            raise FileNotFoundError(f"{folder(home, key)} contains no data set")
        location = folder(home, key, card.version)
        # Copy-on-write: writes never reach the file, and PyTorch, which has no read-only tensors, accepts the arrays.
        arrays = {file.stem: mapped(file, "c") for file in array_files(location)}
        for name in (f"{split}_{what}" for split in NEEDED_SPLITS for what in ("images", "labels")):
            if name not in arrays:
                raise DamagedData(location / f"{name}.npy", FileNotFoundError("the file is missing"))
    return ImageData(name=key, classes=tuple(card.classes or ()), version=card.version, sha256=card.sha256, **arrays)


def cards(home: Path) -> list[DatasetCard]:
    """Return the cards of the current versions of all cached data sets, by key."""
    with locked(home):
        return [card for key in dataset_store.keys(home) if (card := dataset_store.current(home, key)) is not None]


def all_versions(home: Path) -> list[DatasetCard]:
    """Return the cards of all cached versions, by key and number."""
    with locked(home):
        return [card for key in dataset_store.keys(home) for card in dataset_store.versions(home, key)]
