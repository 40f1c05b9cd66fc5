"""What a data set is, as a number: SHA-256 over pixels, labels, classes, splits and shape.

An array's digest is that of the digests of its pieces, so that hashing can be broken off and taken up again. Memory
holds one piece. Whoever changes what goes in changes the identity of every data set.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skiplab.contract import shelf
from skiplab.contract.catalog import DatasetCard
from worker.datasets.images import ImageData
from worker.errors import CannotTrain
from worker.whole import aside

FORM = "skiplab data set 1"
PIECE = 64 * 2**20
"""Bytes that are hashed at once, rounded down to whole rows."""

KEPT = ".hashing.json"
"""In a version's folder: how far its hash is."""

Arrays = Mapping[str, NDArray[Any]]
Pieces = dict[str, list[str]]
"""Array to the digests of its pieces, as many as there are yet."""


class DamagedData(CannotTrain):
    """A file of a data set on the disk cannot be read."""

    def __init__(self, file: Path, error: Exception) -> None:
        super().__init__(f"{file} is damaged: {error}. Import the data set again, or delete this version of it.")


def of_data(data: ImageData) -> str:
    """The same for a data set in memory as for the folder that it is kept in."""
    given = {each.name: getattr(data, each.name) for each in fields(data)}
    return digest(data.classes, {name: array for name, array in given.items() if isinstance(array, np.ndarray)})


def of_folder(folder: Path, classes: Sequence[str]) -> str:
    """Goes on where one that was broken off stopped. Raises DamagedData."""
    files = array_files(folder)
    arrays = {file.stem: mapped(file) for file in files}
    kept = _Kept(folder / KEPT, files)
    found = digest(classes, arrays, kept.pieces, kept.write)
    (folder / KEPT).unlink(missing_ok=True)
    return found


def mapped(file: Path, mode: Literal["r", "c"] = "r") -> NDArray[Any]:
    """`mode`: read-only, or copy on write. Raises DamagedData."""
    try:
        array: NDArray[Any] = np.load(file, mmap_mode=mode)
    except (OSError, ValueError, EOFError) as error:
        raise DamagedData(file, error) from error
    return array


def array_files(folder: Path) -> list[Path]:
    """The arrays that are the data set: all but previews of it."""
    return sorted(file for file in folder.glob("*.npy") if not file.name.startswith("preview_"))


def identified(folder: Path, card: DatasetCard) -> DatasetCard:
    """The card of a version with its hash, which is computed once and written down. Raises DamagedData."""
    if card.sha256 is not None:
        return card
    whole = card.model_copy(update={"sha256": of_folder(folder, card.classes or ())})
    shelf.write_card(folder, whole)
    return whole


def digest(
    classes: Sequence[str],
    arrays: Arrays,
    pieces: Pieces | None = None,
    keep: Callable[[Pieces], None] = lambda _pieces: None,
) -> str:
    """`pieces`: those that are hashed already; `keep` hears of each further one."""
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
    """Of a piece."""
    row = array.nbytes // max(1, len(array))
    return max(1, PIECE // max(1, row))


def _starts(array: NDArray[Any]) -> range:
    return range(0, len(array), _rows(array))


class _Kept:
    """What is hashed of a folder's files already, as long as they are the same files."""

    def __init__(self, file: Path, arrays: Sequence[Path]) -> None:
        self._file = file
        self._of = {each.name: [each.stat().st_size, each.stat().st_mtime_ns] for each in arrays}
        self.pieces = self._read()

    def write(self, pieces: Pieces) -> None:
        # Several processes may hash one folder at a time, such as two runs that begin.
        beside = aside(self._file)
        beside.write_text(json.dumps({"of": self._of, "pieces": pieces}))
        beside.replace(self._file)

    def _read(self) -> Pieces:
        try:
            kept = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        pieces: Pieces = kept["pieces"]
        return pieces if kept["of"] == self._of else {}
