"""Write converted images to an unlinked file, so that memory holds only a block of them."""

import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from skiplab.plugins import BadPlugin
from worker.datasets.images import Images, Size
from worker.datasets.limits import Limits
from worker.datasets.pictures import sized

ROOM_EVERY = 100
"""Images between two checks of the free space; a larger block is always checked."""

LARGE_BLOCK = 2**20
"""Bytes."""


class ImageFile:
    """A growing array of images on disk. The file has no name, so that a killed process leaves nothing behind."""

    def __init__(self, folder: Path, size: Size | None) -> None:
        """Create the file. `size`: (height, width) to which images are resized; None: all must have one size."""
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix=".plugin-", delete=False) as made:
            self._file = Path(made.name).open("r+b")  # noqa: SIM115  # until __exit__
        Path(made.name).unlink()
        self._folder, self._wanted = folder, size
        self._size: Size | None = size
        self.images = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, block: NDArray[np.uint8]) -> None:
        """Append images (N, H, W, 3). Raises BadPlugin if they differ in size or the disk is full."""
        if self._wanted is not None and block.shape[1:3] != self._wanted:
            block = np.stack([np.asarray(sized(Image.fromarray(image), self._wanted)) for image in block])
        height, width = block.shape[1:3]
        if self._size is None:
            self._size = (height, width)
        if (height, width) != self._size:
            first = " x ".join(map(str, self._size))
            raise BadPlugin(
                f"images differ in size: the first is {first}, image {self.images} is {height} x {width} (height x"
                " width). Declare the size to which all are resized: @dataset(..., size=64)"
            )
        self._check_room(block.nbytes)
        try:
            self._file.write(np.ascontiguousarray(block).data)
        except OSError as error:
            raise BadPlugin(
                f"the converted images do not fit on the disk of {self._folder}: {error.strerror}"
            ) from error
        self.images += len(block)

    def array(self) -> Images:
        """Return a memory map of all images, which stays valid after the file is closed."""
        if self._size is None or not self.images:
            return np.empty((0, *(self._size or (1, 1)), 3), dtype=np.uint8)
        self._file.flush()
        return np.memmap(self._file, dtype=np.uint8, mode="r+", shape=(self.images, *self._size, 3))

    def _check_room(self, more: int) -> None:
        if self.images % ROOM_EVERY == 0 or more > LARGE_BLOCK:
            free = shutil.disk_usage(self._folder).free - Limits().kept_free
            if more > free:
                raise BadPlugin(
                    f"the disk of {self._folder} is full after {self.images:,} converted images: free some space,"
                    " declare a smaller size=, or check that the data set is not endless"
                )
