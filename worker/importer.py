"""Makes a data set of a folder or zip of images: `train/<class>/*.png|jpg` and `test/<class>/...`."""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

import numpy as np
from PIL import Image

from worker.datasets import maker
from worker.datasets.images import ImageData, Images, Labels
from worker.errors import CannotTrain

SPLITS = ("train", "test")
SUFFIXES = {".png", ".jpg", ".jpeg"}
KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}")

LARGEST_ZIP = 10 * 2**30
"""Bytes that a zip may unpack to: more is a mistake or an attack."""

LARGEST_DECODED = 10 * 2**30
"""Bytes of all images decoded: they are put together in memory."""

LARGEST_IMAGE = 64 * 2**20
"""Pixels of one file; a few kilobytes can claim to be more than a machine can hold."""

# What zipfile and Pillow raise at damaged, encrypted or unknown content.
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class BadImages(CannotTrain):
    """The folder or zip cannot become a data set; nothing of it was kept."""


class Source(Protocol):
    """Where the files are, by path below the top; a folder's path ends with a slash."""

    def paths(self) -> list[str]: ...

    def open(self, path: str) -> IO[bytes]: ...


@dataclass(frozen=True, order=True)
class Entry:
    """One image file."""

    split: str
    label: str
    path: str


def import_images(key: str, path: Path, home: Path, progress: Callable[[int, int], None]) -> ImageData:
    """Decode every image once into the lab's cache, under `key`; `progress` hears how many of how many are done.

    Grey images become three channels; images of another size than the first are resized to it. Raises BadImages, and
    then the cache is as it was.
    """
    if not KEY.fullmatch(key):
        raise BadImages(f"{key!r} cannot be a data set's name: use a-z, 0-9, '_', '.' and '-', at most 64 of them.")
    with _source(path) as source:
        entries = _entries(source, path)
        classes = _classes(entries, _folders(source), path)
        images, labels = _decode(source, entries, classes, progress)
    tests = sum(entry.split == "test" for entry in entries)  # they come first
    data = ImageData(key, tuple(classes), images[tests:], labels[tests:], images[:tests], labels[:tests])
    maker.save(home, data, label=key, source=f"imported from {path.name}")
    return data


@contextmanager
def _source(path: Path) -> Iterator[Source]:
    if path.is_dir():
        yield _Folder(path)
    elif not path.exists():
        raise BadImages(f"{path} is not there: give a folder or a zip with train/<class>/ and test/<class>/ in it.")
    elif not zipfile.is_zipfile(path):
        raise BadImages(f"{path} is neither a folder nor a zip file.")
    else:
        with _opened(path) as archive:
            yield _Zip(archive)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except UNREADABLE as error:
        raise BadImages(f"{path} is a damaged zip file: {error}. Fetch or make it again.") from error


class _Folder:
    def __init__(self, top: Path) -> None:
        self._top = top

    def paths(self) -> list[str]:
        return [
            found.relative_to(self._top).as_posix() + "/" * found.is_dir() for found in sorted(self._top.rglob("*"))
        ]

    def open(self, path: str) -> IO[bytes]:
        return (self._top / path).open("rb")


class _Zip:
    """Nothing is ever unpacked to disk, so that a hostile path can reach no file; it is refused all the same."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def paths(self) -> list[str]:
        members = self._archive.infolist()
        for member in members:
            parts = PurePosixPath(member.filename.replace("\\", "/"))
            if parts.is_absolute() or ".." in parts.parts:
                raise BadImages(f"The zip holds {member.filename!r}, a path that leads out of it: it is not imported.")
        unpacked = sum(member.file_size for member in members)
        if unpacked > LARGEST_ZIP:
            raise BadImages(
                f"The zip would unpack to {unpacked / 2**30:.1f} GiB; at most {LARGEST_ZIP / 2**30:.0f} are allowed."
                " Unpack it yourself and import the folder."
            )
        return [member.filename for member in members]

    def open(self, path: str) -> IO[bytes]:
        return self._archive.open(path)


def _entries(source: Source, path: Path) -> list[Entry]:
    """All images in order, the test split before the training split."""
    entries = []
    for found in source.paths():
        parts = _parts(found)
        if len(parts) == 3 and not found.endswith("/") and PurePosixPath(found).suffix.lower() in SUFFIXES:
            entries.append(Entry(parts[0], parts[1], found))
    for split in SPLITS:
        if not any(entry.split == split for entry in entries):
            raise BadImages(f"{path} has no images in {split}/<class>/ ({', '.join(sorted(SUFFIXES))}).")
    return sorted(entries)


def _folders(source: Source) -> set[str]:
    """The classes that have a folder, be it empty."""
    return {parts[1] for found in source.paths() if found.endswith("/") and len(parts := _parts(found)) == 2}


def _parts(found: str) -> tuple[str, ...]:
    """Split, class and file of a path; empty for what is none of the data set's.

    One folder above train/ and test/ is allowed, as archives often have it. What begins with a dot is not the data
    set's: macOS puts a `._name.png` beside each file of a zip, notebooks leave `.ipynb_checkpoints`.
    """
    parts = PurePosixPath(found).parts
    if parts and parts[0] not in SPLITS:
        parts = parts[1:]
    ours = bool(parts) and parts[0] in SPLITS and not any(part.startswith(".") for part in parts)
    return parts if ours else ()


def _classes(entries: Sequence[Entry], folders: set[str], path: Path) -> list[str]:
    """The class names in order. Raises BadImages for one without images in a split."""
    labels = {split: {entry.label for entry in entries if entry.split == split} for split in SPLITS}
    for label in sorted(folders.union(*labels.values())):
        lacks = [f"{split}/" for split in SPLITS if label not in labels[split]]
        if lacks:
            raise BadImages(
                f"{path}: class {label!r} has no images in {' and '.join(lacks)}: add some, or remove the class."
            )
    return sorted(labels["train"])


def _decode(
    source: Source, entries: Sequence[Entry], classes: Sequence[str], progress: Callable[[int, int], None]
) -> tuple[Images, Labels]:
    """Images N x H x W x 3 and labels, in the order of `entries`."""
    width, height = _open(source, entries[0].path).size
    shape = (len(entries), height, width, 3)
    if prod(shape) > LARGEST_DECODED:
        raise BadImages(
            f"{len(entries):,} images of {width} x {height} pixels, the size of {entries[0].path}, take"
            f" {prod(shape) / 2**30:.1f} GiB decoded; at most {LARGEST_DECODED / 2**30:.0f} are allowed."
            " Scale them down first."
        )
    images = np.empty(shape, dtype=np.uint8)
    number = {label: place for place, label in enumerate(classes)}
    for place, entry in enumerate(entries):
        image = _open(source, entry.path)
        if image.size != (width, height):
            image = image.resize((width, height), Image.Resampling.BILINEAR)
        images[place] = np.asarray(image)
        progress(place + 1, len(entries))
    return images, np.array([number[entry.label] for entry in entries], dtype=np.int64)


def _open(source: Source, path: str) -> Image.Image:
    """One image as RGB. Raises BadImages that names the file."""
    try:
        with source.open(path) as file, Image.open(file) as image:
            if image.width * image.height > LARGEST_IMAGE:
                raise BadImages(f"{path} is {image.width} x {image.height} pixels: scale it down first.")
            if getattr(image, "n_frames", 1) > 1:
                raise BadImages(f"{path} is animated: one image a file, please.")
            if image.mode.startswith("I"):
                # Pillow would clip 16-bit grey at 255 instead of scaling it.
                return Image.fromarray((np.asarray(image).clip(0, 65535) // 256).astype(np.uint8)).convert("RGB")
            return image.convert("RGB")
    except UNREADABLE as error:
        raise BadImages(f"{path} cannot be read as an image: {error}.") from error
