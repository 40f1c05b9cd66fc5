"""Handwritten digits that come with scikit-learn: nothing to download."""

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
    """1,437 training and 360 test images, always the same split."""
    from sklearn.datasets import load_digits  # a second that only the first run on them has to wait

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
    """N x 8 x 8 of 0..16 to N x 32 x 32 x 3 of bytes, linearly between the pixels' centres."""
    _, side, _ = images.shape
    centres = (np.arange(SIDE) + 0.5) * side / SIDE - 0.5
    low = np.clip(np.floor(centres), 0, side - 2).astype(int)
    share = np.clip(centres - low, 0, 1)
    rows = images[:, low] * (1 - share)[None, :, None] + images[:, low + 1] * share[None, :, None]
    both = rows[:, :, low] * (1 - share) + rows[:, :, low + 1] * share
    return coloured(np.round(both * (255 / 16)).astype(np.uint8))
