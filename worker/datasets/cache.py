"""Decoded data sets on disk: one folder each, arrays that can be mapped into memory, and a card."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np

from backend.contract.catalog import DatasetCard
from worker.datasets.images import ImageData

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
CARD = "card.json"


def folder(home: Path, key: str) -> Path:
    return home / "datasets" / key


def holds(home: Path, key: str) -> bool:
    return (folder(home, key) / CARD).is_file()


def keys(home: Path) -> list[str]:
    return sorted(card.parent.name for card in (home / "datasets").glob(f"*/{CARD}") if card.parent.name[0] != ".")


def save(home: Path, data: ImageData, *, label: str, source: str) -> None:
    """Written aside and renamed: a folder under its own name is whole."""
    place = folder(home, data.name)
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".making-", dir=place.parent))
    try:
        for name in ARRAYS:
            np.save(aside / f"{name}.npy", getattr(data, name))
        card = card_of(data, label=label, source=source)
        (aside / CARD).write_text(card.model_dump_json(indent=1))
        aside.chmod(0o755)  # mkdtemp's folders are for their maker alone
        if place.exists():
            # Two renames, not a removal in place: whoever is killed half-way leaves a whole folder or none.
            place.rename(aside.with_suffix(".old"))
        aside.rename(place)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    shutil.rmtree(aside.with_suffix(".old"), ignore_errors=True)


def load(home: Path, key: str) -> ImageData:
    """The data set as memory maps."""
    place = folder(home, key)
    arrays = {name: np.load(place / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    return ImageData(name=key, classes=tuple(card(home, key).classes or ()), **arrays)


def card(home: Path, key: str) -> DatasetCard:
    return DatasetCard.model_validate(json.loads((folder(home, key) / CARD).read_text()))


def card_of(data: ImageData, *, label: str, source: str) -> DatasetCard:
    return DatasetCard(
        key=data.name,
        label=label,
        classes=list(data.classes),
        train_images=len(data.train_images),
        test_images=len(data.test_images),
        image_shape=data.image_shape,
        available=True,
        source=source,
    )
