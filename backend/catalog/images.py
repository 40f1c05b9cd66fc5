"""Single images of a data set that is on this machine's disk."""

import io
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from backend.contract import places
from backend.errors import NotFound

Split = Literal["train", "test"]


def png(home: Path, key: str, split: Split, place: int) -> bytes:
    """Image `place` (from 0), as a PNG. Raises NotFound."""
    path = places.datasets(home) / key / f"{split}_images.npy"
    if not path.is_file():
        raise NotFound(f"The images of {key!r} are not on this machine.")
    images = np.load(path, mmap_mode="r")
    if not 0 <= place < len(images):
        raise NotFound(f"{key} has {len(images):,} {split} images, counted from 0; there is no {place}.")
    file = io.BytesIO()
    Image.fromarray(np.asarray(images[place])).save(file, "PNG")
    return file.getvalue()
