"""Keep memory maps that plugins return, in a mode that torch accepts."""

from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray


def writable_map(given: NDArray[Any]) -> NDArray[Any]:
    """Return an array unchanged, a read-only memory map as copy-on-write, and anything else as an array.

    A map must stay an `np.memmap`, by which other code knows that its parts need no memory.
    """
    if not isinstance(given, np.memmap):
        return np.asarray(given)
    # Maps that were written to, and slices that are not contiguous, cannot be mapped again from the file.
    return _copy_on_write(given) if given.mode == "r" and given.flags.c_contiguous and given.size else given


def _copy_on_write(mapped: np.memmap[Any, Any]) -> np.memmap[Any, Any]:
    """Map the same bytes of the file again, copy-on-write.

    Torch has no read-only tensors: it would copy the whole array.
    """
    whole: Any = mapped
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    if not isinstance(whole, np.memmap) or not isinstance(whole.base, mmap) or whole.filename is None:
        return mapped
    # A slice has the offset of the map that it was taken from, so the addresses are compared.
    offset = whole.offset + mapped.ctypes.data - whole.ctypes.data
    try:
        return np.memmap(whole.filename, dtype=mapped.dtype, mode="c", offset=offset, shape=mapped.shape)
    except FileNotFoundError:  # deleted after mapping, as temporary files are
        return mapped
