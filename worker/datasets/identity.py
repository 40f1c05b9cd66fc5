"""Content hash of a data set: SHA-256 over pixels, labels, classes, splits and shape.

An array's digest is computed from the digests of its pieces, so that hashing can be interrupted and resumed. Memory
holds one piece. Changing what is hashed changes the identity of every data set.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skiplab.contract import dataset_store
from skiplab.contract.catalog import DatasetCard
from worker.datasets.images import ImageData
from worker.errors import CannotTrain
from worker.temporary import temporary_beside

FORM = "skiplab data set 1"
PIECE = 64 * 2**20
"""Bytes hashed at once, rounded down to whole rows."""

KEPT = ".hashing.json"
"""File in a version's folder with the progress of its hash."""

Arrays = Mapping[str, NDArray[Any]]
Pieces = dict[str, list[str]]
"""Digests of the pieces hashed so far, by array."""


class DamagedData(CannotTrain):
    """Raised when a file of a cached data set is missing or cannot be read."""

    def __init__(self, file: Path, error: Exception) -> None:
        super().__init__(f"{file} is damaged: {error}. Import the data set again, or delete this version of it.")


def of_data(data: ImageData) -> str:
    """Hash a data set in memory; equal to the hash of its folder in the cache."""
    given = {each.name: getattr(data, each.name) for each in fields(data)}
    return digest(data.classes, {name: array for name, array in given.items() if isinstance(array, np.ndarray)})


def of_folder(folder: Path, classes: Sequence[str]) -> str:
    """Hash a version's folder, resuming an interrupted attempt. Raises DamagedData."""
    files = array_files(folder)
    arrays = {file.stem: mapped(file) for file in files}
    kept = _Kept(folder / KEPT, files)
    found = digest(classes, arrays, kept.pieces, kept.write)
    (folder / KEPT).unlink(missing_ok=True)
    return found


def mapped(file: Path, mode: Literal["r", "c"] = "r") -> NDArray[Any]:
    """Memory-map an array. `mode`: read-only (`r`) or copy-on-write (`c`). Raises DamagedData."""
    try:
        array: NDArray[Any] = np.load(file, mmap_mode=mode)
    except (OSError, ValueError, EOFError) as error:
        raise DamagedData(file, error) from error
    return array


def array_files(folder: Path) -> list[Path]:
    """Return the files of the data set's arrays, without previews."""
    return sorted(file for file in folder.glob("*.npy") if not file.name.startswith("preview_"))


def identified(folder: Path, card: DatasetCard) -> DatasetCard:
    """Return the card of a version with its hash, computing and storing it if needed. Raises DamagedData."""
    if card.sha256 is not None:
        return card
    whole = card.model_copy(update={"sha256": of_folder(folder, card.classes or ())})
    dataset_store.write_card(folder, whole)
    return whole


def digest(
    classes: Sequence[str],
    arrays: Arrays,
    pieces: Pieces | None = None,
    keep: Callable[[Pieces], None] = lambda _pieces: None,
) -> str:
    """Hash classes and arrays. `pieces`: digests computed earlier; `keep` is called after each further piece."""
    whole = hashlib.sha256(json.dumps([FORM, list(classes)]).encode())
    pieces = {} if pieces is None else pieces
    for name in sorted(arrays):
        array = arrays[name]
        little = array.dtype.newbyteorder("<")
        own = pieces.setdefault(name, [])
        for start in _starts(array)[len(own) :]:
            rows = np.ascontiguousarray(array[start : start + _rows(array)], dtype=little)
            own.append(hashlib.sha256(rows.data).hexdigest())
            keep(pieces)
        whole.update(json.dumps([name, little.str, array.shape, own]).encode())
    return whole.hexdigest()


def _rows(array: NDArray[Any]) -> int:
    """Return the number of rows in a piece."""
    row = array.nbytes // max(1, len(array))
    return max(1, PIECE // max(1, row))


def _starts(array: NDArray[Any]) -> range:
    return range(0, len(array), _rows(array))


class _Kept:
    """Stored progress of hashing a folder, valid while its files are unchanged."""

    def __init__(self, file: Path, arrays: Sequence[Path]) -> None:
        self._file = file
        self._of = {each.name: [each.stat().st_size, each.stat().st_mtime_ns] for each in arrays}
        self.pieces = self._read()

    def write(self, pieces: Pieces) -> None:
        # Written atomically: several processes may hash one folder, such as two runs that start.
        temporary = temporary_beside(self._file)
        temporary.write_text(json.dumps({"of": self._of, "pieces": pieces}))
        temporary.replace(self._file)

    def _read(self) -> Pieces:
        try:
            kept = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        pieces: Pieces = kept["pieces"]
        return pieces if kept["of"] == self._of else {}
