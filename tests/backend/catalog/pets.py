"""A data set of two versions with other images and other classes."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from backend.db import catalog
from backend.db.database import Database
from skiplab.contract import dataset_store, places
from skiplab.contract.catalog import DatasetCard

SHADES = {1: 10, 2: 90}


def put(home: Path, number: int, classes: list[str], *, sha256: str | None = None) -> None:
    folder = places.dataset(home, "pets", number)
    folder.mkdir(parents=True)
    for split in ("train", "test"):
        np.save(folder / f"{split}_images.npy", np.full((2, 4, 4, 3), SHADES.get(number, 0), dtype=np.uint8))
        np.save(folder / f"{split}_labels.npy", np.array([0, 1]))
    dataset_store.write_card(
        folder,
        DatasetCard(
            key="pets",
            label="pets",
            classes=classes,
            train_images=2,
            test_images=2,
            available=True,
            source="imported from pets",
            sha256=sha256 or f"{number}" * 64,
            provenance="imported",
            version=number,
        ),
    )


def announce(database: Database, home: Path) -> None:
    current = dataset_store.current(home, "pets")
    assert current is not None
    digits = DatasetCard(key="digits", label="Digits", available=True, source="a package", provenance="generated")
    with database.write() as session:
        catalog.announce_datasets(session, [digits, current])


def shade(content: bytes) -> int:
    return int(np.asarray(Image.open(io.BytesIO(content)))[0, 0, 0])


PICTURE = "/api/v1/datasets/pets/images/test/0"
