"""Images of data sets on this machine's disk as PNG: single ones, samples of a class, augmentation previews."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from backend.errors import NotFound
from skiplab.contract import places
from skiplab.contract.imports import Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

# NumPy and Pillow are imported by the functions that draw: most requests need neither, nor does the start.

Pixels: TypeAlias = "NDArray[np.uint8]"

SAMPLES = 10
"""Images per class, evenly spaced, since neighbouring files are often similar."""

GAP = 2
SHEET_SIDE = 64
"""Largest side of an image on a sheet, in pixels; larger ones are downscaled."""


def png(folder: Path, key: str, split: Split, place: int) -> bytes:
    """Return image `place` (0-based) of a version as PNG. Raises NotFound, as all functions here."""
    import numpy as np
    from PIL import Image

    images = _array(_file(folder, split, "images"), key)
    if not 0 <= place < len(images):
        raise NotFound(f"{key} has {len(images):,} {split} images, numbered from 0: there is no image {place}.")
    return _written(Image.fromarray(np.asarray(images[place])))


def samples(folder: Path, key: str, split: Split, label: int) -> bytes:
    """Return a sheet of some images of a class. All sheets have the same number of columns, so that images are shown at
    the same size."""
    import numpy as np

    images, labels = _array(_file(folder, split, "images"), key), _array(_file(folder, split, "labels"), key)
    members = np.flatnonzero(labels == label)
    if not len(members):
        raise NotFound(f"{key} has no {split} images of class {label}.")
    chosen = members[np.linspace(0, len(members) - 1, min(SAMPLES, len(members))).astype(int)]
    return _sheet(images[chosen][None], columns=SAMPLES)


def preview(home: Path, key: str, augment: str) -> bytes:
    """Return a sheet of augmented training images: one row per image, one column per epoch."""
    return _sheet(_array(places.preview(home, key, augment), key))


def are_here(home: Path, key: str) -> bool:
    return are_in(places.current_dataset(home, key))


def are_in(folder: Path) -> bool:
    return _file(folder, "train", "images").is_file()


def not_here(key: str) -> NotFound:
    return NotFound(f"The images of {key!r} are not on this machine.")


def _file(folder: Path, split: Split, what: Literal["images", "labels"]) -> Path:
    return folder / f"{split}_{what}.npy"


def _array(file: Path, key: str) -> Pixels:
    import numpy as np

    try:
        array: Pixels = np.load(file, mmap_mode="r")
    except FileNotFoundError:
        raise not_here(key) from None  # may have been deleted just now
    return array


def _sheet(images: Pixels, columns: int = 0) -> bytes:
    """Lay out (rows, columns, H, W, 3) images on a transparent sheet with at least `columns` columns."""
    import numpy as np
    from PIL import Image

    rows, given, height, width, _ = images.shape
    scale = min(1.0, SHEET_SIDE / max(height, width))
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    columns = max(columns, given)
    sheet = Image.new("RGBA", (columns * (across + GAP) - GAP, rows * (down + GAP) - GAP))
    for row in range(rows):
        for column in range(given):
            picture = Image.fromarray(np.asarray(images[row, column]))
            small = picture if scale == 1 else picture.resize((across, down))
            sheet.paste(small, (column * (across + GAP), row * (down + GAP)))
    return _written(sheet)


def _written(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
