"""Where the images to import are: a folder, or a zip, which is read without being unpacked to the disk."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Protocol

from worker.datasets.images import SPLITS, Split
from worker.datasets.limits import Limits
from worker.datasets.pictures import SUFFIXES, BadImages

DEPTH = 5  # folder around all, split, class, and one more than there may be

# What zipfile raises at damaged or unknown content.
DAMAGED = (OSError, ValueError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile)


@dataclass(frozen=True, order=True)
class Entry:
    """One image file."""

    split: Split
    label: str
    path: str


class Tree(Protocol):
    def paths(self) -> Iterable[str]:
        """Of files and folders, below the top; a folder's ends with a slash."""
        ...

    def read(self, path: str) -> bytes: ...


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[Tree]:
    """Raises BadImages for what is neither a folder nor a harmless zip."""
    if path.is_dir():
        yield Folder(path, limits)
    elif not path.exists():
        raise BadImages(f"{path} is not there: give a folder or a zip with train/<class>/ and test/<class>/ in it.")
    elif not zipfile.is_zipfile(path):
        raise BadImages(f"{path} is neither a folder nor a zip file.")
    else:
        with _archive(path) as archive:
            yield Zip(archive, path, limits)


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except DAMAGED as error:
        raise BadImages(f"{path} is a damaged zip file: {error}. Fetch or make it again.") from error


class Folder:
    """Links in it are followed: whoever can name the folder can read what they lead to."""

    def __init__(self, top: Path, limits: Limits) -> None:
        self._top, self._limits = top, limits

    def paths(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self._top, onerror=_refuse, followlinks=True):
            below = PurePosixPath(Path(folder).relative_to(self._top).as_posix())
            folders[:] = sorted(name for name in folders if name[0] != ".") if len(below.parts) < DEPTH else []
            yield from (f"{below / name}/" for name in folders)
            yield from (str(below / name) for name in sorted(files))

    def read(self, path: str) -> bytes:
        file = self._top / path
        if not file.is_file():
            raise BadImages(f"{file} cannot be read: it is a link to nothing, or a device.")
        try:
            _check_size(path, file.stat().st_size, self._limits)
            return file.read_bytes()
        except OSError as error:
            raise BadImages(f"{file} cannot be read: {error}.") from error


class Zip:
    """Nothing is ever unpacked to disk, so that a hostile path can reach no file; it is refused all the same."""

    def __init__(self, archive: zipfile.ZipFile, path: Path, limits: Limits) -> None:
        self._archive, self._limits = archive, limits
        members = archive.infolist()
        for member in members:
            _check(member, path)
        twice = _twice(member.filename for member in members)
        if twice:
            raise BadImages(f"{path} holds {twice!r} twice: which of them is meant, nobody knows.")
        unpacked = sum(member.file_size for member in members)
        if unpacked > limits.unpacked:
            raise BadImages(
                f"{path} would unpack to {unpacked / 2**30:.1f} GiB; at most {limits.unpacked / 2**30:.0f} are allowed."
                " Unpack it yourself and import the folder."
            )

    def paths(self) -> list[str]:
        return self._archive.namelist()

    def read(self, path: str) -> bytes:
        """Never more than the zip says that the file has: one that unpacks to more is cut there, and found damaged."""
        size = self._archive.getinfo(path).file_size
        _check_size(path, size, self._limits)
        try:
            with self._archive.open(path) as file:
                return file.read(size)
        except DAMAGED as error:
            raise BadImages(f"{path} cannot be unpacked: {error}. Fetch or make the zip again.") from error


@dataclass(frozen=True)
class Found:
    """What a tree holds of a data set."""

    entries: list[Entry]
    classes: set[str]
    """Of all folders of classes, empty ones too."""


def look_through(tree: Tree, path: Path) -> Found:
    """One folder above train/ and test/ is allowed, as archives often have it. Raises BadImages without images.

    What begins with a dot is passed over: macOS puts a `._name.png` beside each file of a zip, notebooks leave
    `.ipynb_checkpoints`.
    """
    entries: list[Entry] = []
    classes: set[str] = set()
    tops: set[str] = set()
    for found in tree.paths():
        top, split, parts = _parts(found)
        if split is None:
            continue
        if found.endswith("/"):
            classes.update(parts[:1])
        elif PurePosixPath(found).suffix.lower() in SUFFIXES:
            if len(parts) != 2:
                raise BadImages(f"{path}: {found} is not in {split}/<class>/, where all images have to be.")
            entries.append(Entry(split, parts[0], found))
            tops.add(top)
    if len(tops) > 1:
        raise BadImages(f"{path} holds several data sets, {' and '.join(sorted(tops))}: import one of them.")
    for split in SPLITS:
        if not any(entry.split == split for entry in entries):
            raise BadImages(f"{path} has no images in {split}/<class>/ ({', '.join(SUFFIXES)}).")
    return Found(sorted(entries), classes)


def _parts(found: str) -> tuple[str, Split | None, tuple[str, ...]]:
    """The folder around all, the split, and what is below it; no split for what is none of the data set's."""
    parts = PurePosixPath(found).parts
    if any(part.startswith(".") for part in parts):
        return "", None, ()
    top = "" if parts[:1] in {(split,) for split in SPLITS} else "".join(parts[:1])
    below = parts[1:] if top else parts
    for split in SPLITS:
        if below[:1] == (split,):
            return f"{top}/", split, below[1:]
    return top, None, ()


def _check_size(path: str, size: int, limits: Limits) -> None:
    if size > limits.file:
        raise BadImages(f"{path} has {size / 2**20:.1f} MiB, more than {limits.file / 2**20:.0f}: scale it down first.")


def _check(member: zipfile.ZipInfo, path: Path) -> None:
    """Raises BadImages for what no honest zip of images holds, and for what cannot be read."""
    name = member.filename
    as_windows = PureWindowsPath(name)  # knows both slashes, and drives
    if as_windows.anchor or ".." in as_windows.parts:
        raise BadImages(f"{path} holds {name!r}, a path that leads out of it: it is not imported.")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadImages(f"{path} holds {name!r}, a link or a device instead of a file: it is not imported.")
    if member.flag_bits & 1:
        raise BadImages(f"{path} is encrypted ({name!r}): unpack it and import the folder.")
    # The others of zipfile unpack as much as they like at once, and hardly any zip has them.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadImages(f"{path} is compressed in a rare way ({name!r}): unpack it and import the folder.")


def _twice(names: Iterable[str]) -> str | None:
    seen = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _refuse(error: OSError) -> None:
    raise BadImages(f"{error.filename} cannot be read: {error.strerror}.") from error
