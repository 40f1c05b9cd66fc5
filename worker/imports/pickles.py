"""Unpickle arrays, lists and strings safely: a pickle may call anything, so every global not listed here is refused."""

import io
import pickle
from typing import Any

import numpy as np

MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")


class UnsafePickle(Exception):
    """Raised for a pickle that needs more than arrays, or is corrupt."""


def unpickled(content: bytes) -> Any:
    """Unpickle arrays, numbers, strings and containers; strings of Python 2 become str. Raises UnsafePickle."""
    try:
        return _Unpickler(io.BytesIO(content), encoding="latin1").load()
    except UnsafePickle:
        raise
    except Exception as error:  # a corrupt pickle can raise nearly anything
        raise UnsafePickle(f"the pickle is corrupt ({error})") from error


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name == "_reconstruct" and module in MODULES:
            return _reconstruct
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if (module, name) == ("numpy", "dtype"):
            return _dtype
        if name == "scalar" and module in MODULES:
            return _scalar
        if name == "_frombuffer" and module in ("numpy.core.numeric", "numpy._core.numeric"):
            return _frombuffer
        if (module, name) == ("_codecs", "encode"):
            return _encode
        raise UnsafePickle(f"the pickle refers to {module}.{name}, which arrays do not need")


def _reconstruct(kind: type, shape: tuple[int, ...], code: bytes | str) -> Any:
    """Return an empty array for the pickle to fill; another shape could allocate any amount of memory."""
    if kind is not np.ndarray or shape != (0,) or code not in (b"b", "b"):
        raise UnsafePickle("the pickle constructs an array in an unusual way")
    return np.ndarray((0,), dtype=np.int8)


def _frombuffer(content: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], order: str) -> Any:
    """Construct an array as pickle protocol 5 does."""
    return np.frombuffer(content, dtype=dtype).reshape(shape, order="F" if order == "F" else "C")


def _dtype(code: str, *_settings: Any) -> np.dtype[Any]:
    dtype = np.dtype(code)
    if dtype.hasobject or dtype.itemsize > 16 * 1024:
        raise UnsafePickle(f"the pickle has an array of dtype {dtype}")
    return dtype


def _scalar(dtype: np.dtype[Any], content: bytes | str) -> Any:
    data = content.encode("latin1") if isinstance(content, str) else content
    return np.frombuffer(data, dtype=dtype, count=1)[0]


def _encode(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise UnsafePickle(f"the pickle uses the encoding {encoding}")
    return text.encode("latin1")
