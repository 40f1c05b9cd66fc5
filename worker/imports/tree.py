"""The files of a folder or an archive: their names as text, their content within bounds."""

import gzip
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryFile
from typing import IO, Any, Protocol, TypeVar

from skiplab.contract.archives import HEAD
from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages
from worker.imports.names import Name, composed, decoded

PIECE = 1 << 20

Resource = TypeVar("Resource")


@dataclass(frozen=True)
class Raw:
    """A file or folder as its archive names it."""

    name: Name
    bytes: int
    handle: Any
    """What its source opens it by."""

    is_folder: bool = False
    swaps_slashes: bool = False
    """Whether a backslash in the name may stand between folders."""


class Source(Protocol):
    """Where the bytes are."""

    def open(self, handle: Any) -> IO[bytes]: ...

    def raws(self) -> Iterator[Raw]: ...

    @property
    def loops(self) -> Sequence[Name]:
        """Links that lead back to a folder above them, known when `raws` is through; nothing of them is taken."""
        ...

    @property
    def is_on_disk(self) -> bool:
        """Whether what is opened can be read in any order, and mapped."""
        ...

    @property
    def damaged(self) -> tuple[type[Exception], ...]:
        """What opening and reading raise at damaged content."""
        ...


@dataclass(frozen=True)
class File:
    bytes: int
    handle: Any


class Tree:
    """Names are NFC with forward slashes, none leads out, and none is there twice."""

    def __init__(
        self,
        source: Source,
        *,
        name: str,
        limits: Limits,
        names: str | None = None,
        part: str | None = None,
        scratch: Path,
    ) -> None:
        """`names`: encoding of those that are not UTF-8. `part`: see `archives.opened`. `scratch`: a folder on a disk
        with room, for what can only be read unpacked."""
        self.encoding = names
        self.name, self._source, self._limits, self.scratch = name, source, limits, scratch
        self._left = ExitStack()
        raws = _bounded(source.raws(), name, limits)
        self.files: dict[str, File] = {}
        self.folders: set[str] = set()
        for raw, text in zip(raws, decoded([raw.name for raw in raws], names, name), strict=True):
            self._add(raw, text)
        self.loops = [os.fsdecode(name) for name in source.loops]
        if part is not None:
            self._keep_part(composed(part.strip("/")))

    def _add(self, raw: Raw, text: str) -> None:
        _check(text, self.name)
        path = composed(str(PurePosixPath(text.replace("\\", "/") if raw.swaps_slashes else text)))
        if raw.is_folder:
            self.folders.add(path)
        elif path in self.files:
            raise BadImages(f"{self.name} holds {path!r} twice: which of them is meant, nobody knows.")
        else:
            self.files[path] = File(raw.bytes, raw.handle)

    def _keep_part(self, part: str) -> None:
        """Raises BadImages where nothing is called so."""
        below = {path for path in self.files if path == part or path.startswith(f"{part}/")}
        kept = below or {path for path in self.files if path.startswith(part)}
        if not kept:
            raise BadImages(f"{self.name} holds no {part}: --part is a folder in it, or the beginning of files' names.")
        self.files = {path: file for path, file in self.files.items() if path in kept}
        self.folders = {path for path in self.folders if f"{path}/".startswith(f"{part}/")}

    def read(self, path: str, *, most: int | None = None) -> bytes:
        """A whole file. Never more than is said of its size: one that unpacks to more is cut there, and found damaged.

        Raises BadImages, also for one of more than `most` bytes.
        """
        file, most = self.files[path], most or self._limits.file
        if file.bytes > most:
            size = f"{file.bytes / 2**20:.1f} MiB, more than {most / 2**20:.0f}"
            raise BadImages(f"{path} has {size}: scale it down first.")
        return self._read(path, file, file.bytes)

    def head(self, path: str) -> bytes:
        """The first bytes of a file. Raises BadImages."""
        return self.start(path, HEAD)

    def start(self, path: str, count: int) -> bytes:
        """The first `count` bytes of a file. Raises BadImages."""
        return self._read(path, self.files[path], count)

    def close(self) -> None:
        """And with it all files that `real` gave."""
        self._left.close()

    def keep(self, resource: AbstractContextManager[Resource]) -> Resource:
        """Have it closed with the tree."""
        return self._left.enter_context(resource)

    def real(self, path: str, *, unzip: bool = False) -> IO[bytes]:
        """A file with an address on the disk, to be mapped or read in any order; `unzip`: what a .gz holds.

        Unless it lies there already it is copied to one without a name, which goes with the tree.
        Raises BadImages.
        """
        file = self._open(path, self.files[path])
        if not unzip and self._source.is_on_disk:
            return self.keep(file)
        failures: tuple[type[Exception], ...] = (EOFError, zlib.error, *self._source.damaged)
        with file:
            try:
                packed: Any = gzip.GzipFile(fileobj=file) if unzip else file
                return self.keep(unpacked(packed, path, self._limits, self.scratch))
            except failures as error:
                raise BadImages(f"{path} cannot be unpacked: {error}. Fetch or make it again.") from error

    def _read(self, path: str, file: File, count: int) -> bytes:
        with self._open(path, file) as opened:
            try:
                return opened.read(count)
            except self._source.damaged as error:
                raise BadImages(f"{path} cannot be unpacked: {error}. Fetch or make {self.name} again.") from error

    def _open(self, path: str, file: File) -> IO[bytes]:
        try:
            return self._source.open(file.handle)
        except self._source.damaged as error:
            raise BadImages(f"{path} cannot be read: {error}.") from error


class Folder:
    """Links in it are followed: whoever can name the folder can read what they lead to."""

    damaged: tuple[type[Exception], ...] = (OSError,)
    is_on_disk = True

    def __init__(self, top: Path) -> None:
        self._top = top
        self.loops: list[bytes] = []

    def raws(self) -> Iterator[Raw]:
        top = os.fsencode(self._top)
        known = {top: _identity(top)}
        for folder, folders, files in os.walk(top, onerror=_refuse, followlinks=True):
            below = os.path.relpath(folder, top)
            below = b"" if below == b"." else below + b"/"
            for name in sorted(folders):
                place = os.path.join(folder, name)  # noqa: PTH118  # names as bytes, which Path does not take
                known[place] = _identity(place)
                if _is_loop(place, known, top):
                    self.loops.append(below + name)
                    folders.remove(name)
            folders.sort()
            yield from (Raw(below + name, 0, None, is_folder=True) for name in folders)
            for name in sorted(files):
                place = os.path.join(folder, name)  # noqa: PTH118
                yield Raw(below + name, _size(place), place)

    def open(self, handle: bytes) -> IO[bytes]:
        if not os.path.isfile(handle):  # noqa: PTH113
            raise OSError("it is a link to nothing, or a device")
        return open(handle, "rb")  # noqa: PTH123


def _identity(place: bytes) -> tuple[int, int]:
    """The same for a folder and for links to it."""
    found = os.stat(place)  # noqa: PTH116
    return found.st_dev, found.st_ino


def _is_loop(place: bytes, known: Mapping[bytes, tuple[int, int]], top: bytes) -> bool:
    """Whether a folder above it is the same one."""
    above = place
    while above != top:
        above = os.path.dirname(above)  # noqa: PTH120
        if known[above] == known[place]:
            return True
    return False


class OneFile:
    """A file that is no archive."""

    damaged: tuple[type[Exception], ...] = (OSError,)
    loops: Sequence[Name] = ()
    is_on_disk = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def raws(self) -> Iterator[Raw]:
        yield Raw(os.fsencode(self._path.name), self._path.stat().st_size, self._path)

    def open(self, handle: Path) -> IO[bytes]:
        return handle.open("rb")


def unpacked(packed: IO[bytes], name: str, limits: Limits, scratch: Path) -> IO[bytes]:
    """All of a stream in a file without a name. Raises BadImages when it is more than the limits or the disk allow;
    whatever `packed` raises at damaged content is for the caller."""
    scratch.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(TemporaryFile(dir=scratch))
        written = 0
        while piece := packed.read(PIECE):
            written += len(piece)
            _check_room(name, written, len(piece), limits, scratch)
            file.write(piece)
        file.seek(0)
        stack.pop_all()  # it stays open
    return file


def _check_room(name: str, written: int, more: int, limits: Limits, scratch: Path) -> None:
    if written > limits.unpacked:
        raise too_large(name, written, limits)
    if shutil.disk_usage(scratch).free - more < limits.kept_free:
        raise BadImages(f"{name} does not fit on the disk of {scratch} unpacked: make room there.")


def too_large(name: str, size: int, limits: Limits) -> BadImages:
    return BadImages(
        f"{name} would unpack to {size / 2**30:.1f} GiB; at most {limits.unpacked / 2**30:.0f} are allowed."
        " Unpack it yourself and import the folder."
    )


def _bounded(raws: Iterable[Raw], name: str, limits: Limits) -> list[Raw]:
    kept: list[Raw] = []
    for raw in raws:
        kept.append(raw)
        if len(kept) > limits.files:
            raise BadImages(f"{name} holds more than {limits.files:,} files: import a part of it.")
    return kept


def _check(name: str, where: str) -> None:
    as_windows = PureWindowsPath(name)  # knows both slashes, and drives
    if as_windows.anchor or ".." in as_windows.parts:
        raise BadImages(f"{where} holds {name!r}, a path that leads out of it: it is not imported.")


def _size(place: bytes) -> int:
    try:
        return os.stat(place).st_size  # noqa: PTH116
    except OSError:
        return 0  # a link to nothing: whoever reads it hears of it


def _refuse(error: OSError) -> None:
    raise BadImages(f"{os.fsdecode(error.filename)} cannot be read: {error.strerror}.") from error
