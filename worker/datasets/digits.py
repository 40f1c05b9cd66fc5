"""Handwritten digits from scikit-learn (Alpaydin and Kaynak 1998, UCI), available without a download."""

from pathlib import Path

import numpy as np

from skiplab.contract.catalog import DatasetCard
from worker.datasets import maker
from worker.datasets.images import ImageData, coloured
from worker.datasets.known import Known, Tell
from worker.datasets.subset import stratified

KEY = "digits"
LABEL = "Digits"
SOURCE = "scikit-learn's 8x8 images of handwritten digits, enlarged to 32x32"

CLASSES = tuple("0123456789")
TRAIN_IMAGES, TEST_IMAGES = 1437, 360
SIDE = 32


def known() -> Known:
    """Return card and maker of the data set."""
    card = DatasetCard(
        key=KEY,
        label=LABEL,
        classes=list(CLASSES),
        train_images=TRAIN_IMAGES,
        test_images=TEST_IMAGES,
        image_shape=(3, SIDE, SIDE),
        available=True,
        source=SOURCE,
        provenance="generated",
    )
    return Known(card, _make)


def digits() -> ImageData:
    """Return 1,437 training and 360 test images, (N, 32, 32, 3), with a fixed split."""
    from sklearn.datasets import load_digits  # takes a second, so only imported for the first run

    found = load_digits()
    labels = found.target.astype(np.int64)
    test = stratified(labels, TEST_IMAGES)
    train = np.setdiff1d(np.arange(len(labels)), test)
    images = _enlarged(found.images)
    return ImageData(
        name=KEY,
        classes=CLASSES,
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
    )


def _make(home: Path, tell: Tell) -> None:
    tell(f"preparing {KEY}")
    maker.save(home, digits(), label=LABEL, source=SOURCE, provenance="generated")


def _enlarged(images: np.ndarray) -> np.ndarray:
    """Upsample (N, 8, 8) of 0..16 bilinearly to (N, 32, 32, 3), uint8."""
    _, side, _ = images.shape
    centres = (np.arange(SIDE) + 0.5) * side / SIDE - 0.5
    low = np.clip(np.floor(centres), 0, side - 2).astype(int)
    share = np.clip(centres - low, 0, 1)
    rows = images[:, low] * (1 - share)[None, :, None] + images[:, low + 1] * share[None, :, None]
    both = rows[:, :, low] * (1 - share) + rows[:, :, low + 1] * share
    return coloured(np.round(both * (255 / 16)).astype(np.uint8))
