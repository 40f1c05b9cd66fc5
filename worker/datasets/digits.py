"""Handwritten digits that come with scikit-learn: nothing to download."""

import numpy as np
from sklearn.datasets import load_digits

from worker.datasets.images import ImageData
from worker.datasets.subset import stratified

KEY = "digits"
LABEL = "Digits"
SOURCE = "scikit-learn's 8x8 images of handwritten digits, enlarged to 32x32"

TEST_IMAGES = 360
SIDE = 32


def digits() -> ImageData:
    """1,437 training and 360 test images, always the same split."""
    found = load_digits()
    labels = found.target.astype(np.int64)
    test = stratified(labels, TEST_IMAGES)
    train = np.setdiff1d(np.arange(len(labels)), test)
    images = _enlarged(found.images)
    return ImageData(
        name=KEY,
        classes=tuple(str(name) for name in found.target_names),
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
    )


def _enlarged(images: np.ndarray) -> np.ndarray:
    """N x 8 x 8 of 0..16 to N x 32 x 32 x 3 of bytes, linearly between the pixels' centres."""
    count, side, _ = images.shape
    centres = (np.arange(SIDE) + 0.5) * side / SIDE - 0.5
    low = np.clip(np.floor(centres), 0, side - 2).astype(int)
    share = np.clip(centres - low, 0, 1)
    rows = images[:, low] * (1 - share)[None, :, None] + images[:, low + 1] * share[None, :, None]
    both = rows[:, :, low] * (1 - share) + rows[:, :, low + 1] * share
    grey = np.round(both * (255 / 16)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(grey[..., None], (count, SIDE, SIDE, 3)))
