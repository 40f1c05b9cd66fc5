"""Memory maps that plugins give stay maps, and become such as torch takes."""

from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray


def writable_map(given: NDArray[Any]) -> NDArray[Any]:
    """A memory map stays one: who no longer knows it for one copies parts of it into memory."""
    if not isinstance(given, np.memmap):
        return np.asarray(given)
    # What has changed in memory, or does not lie in one piece, is in no file as it is.
    return _copy_on_write(given) if given.mode == "r" and given.flags.c_contiguous and given.size else given


def _copy_on_write(mapped: np.memmap[Any, Any]) -> np.memmap[Any, Any]:
    """The same bytes of the same file, mapped as the lab maps its own: torch has no read-only tensors, and what cannot
    be one is copied whole."""
    whole: Any = mapped
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    if not isinstance(whole, np.memmap) or not isinstance(whole.base, mmap) or whole.filename is None:
        return mapped
    # A slice has the offset of the map that it is taken of.
    place = whole.offset + mapped.ctypes.data - whole.ctypes.data
    try:
        return np.memmap(whole.filename, dtype=mapped.dtype, mode="c", offset=place, shape=mapped.shape)
    except FileNotFoundError:  # mapped and removed, so that it goes with the process
        return mapped
