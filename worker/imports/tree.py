"""The files of a folder or archive: decoded names, and content read within limits."""

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
from skiplab.contract.sizes import human_bytes
from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages
from worker.imports.names import Name, composed, decoded

PIECE = 1 << 20

Resource = TypeVar("Resource")


@dataclass(frozen=True)
class Member:
    """A file or folder as listed by its source, the name not decoded yet."""

    name: Name
    bytes: int
    handle: Any
    """What `Source.open` takes."""

    is_folder: bool = False
    swaps_slashes: bool = False
    """Whether a backslash in the name may separate folders."""


class Source(Protocol):
    """A folder or archive that lists and opens its files."""

    def open(self, handle: Any) -> IO[bytes]: ...

    def members(self) -> Iterator[Member]: ...

    @property
    def loops(self) -> Sequence[Name]:
        """Symbolic links to a parent folder, which are skipped; complete after `members` is exhausted."""
        ...

    @property
    def is_on_disk(self) -> bool:
        """Whether opened files are seekable and can be memory-mapped."""
        ...

    @property
    def damaged(self) -> tuple[type[Exception], ...]:
        """Exceptions that opening and reading raise for corrupt content."""
        ...


@dataclass(frozen=True)
class File:
    bytes: int
    handle: Any


class Tree:
    """The files of a source by path: NFC, forward slashes, unique, none outside the root."""

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
        """List the source. `names`: encoding of names that are not UTF-8. `part`: see `archives.opened`. `scratch`: a
        folder for temporary files, for formats that must be decompressed to be read.

        Raises BadImages for unsafe, duplicate or too many names, UnknownNames for names in an unknown encoding.
        """
        self.encoding = names
        self.name, self._source, self._limits, self.scratch = name, source, limits, scratch
        self._resources = ExitStack()
        members = _bounded(source.members(), name, limits)
        self.files: dict[str, File] = {}
        self.folders: set[str] = set()
        for member, text in zip(members, decoded([member.name for member in members], names, name), strict=True):
            self._add(member, text)
        self.loops = [os.fsdecode(name) for name in source.loops]
        if part is not None:
            self._keep_part(composed(part.strip("/")))

    def _add(self, member: Member, text: str) -> None:
        _check(text, self.name)
        path = composed(str(PurePosixPath(text.replace("\\", "/") if member.swaps_slashes else text)))
        if member.is_folder:
            self.folders.add(path)
        elif path in self.files:
            raise BadImages(f"{self.name} contains {path!r} twice. Remove one of them.")
        else:
            self.files[path] = File(member.bytes, member.handle)

    def _keep_part(self, part: str) -> None:
        """Restrict the tree to a folder, or to files with a prefix. Raises BadImages if nothing matches."""
        below = {path for path in self.files if path == part or path.startswith(f"{part}/")}
        kept = below or {path for path in self.files if path.startswith(part)}
        if not kept:
            raise BadImages(
                f"{self.name} contains no {part}: --part takes a folder inside it, or a prefix of file names."
            )
        self.files = {path: file for path, file in self.files.items() if path in kept}
        self.folders = {path for path in self.folders if f"{path}/".startswith(f"{part}/")}

    def read(self, path: str, *, most: int | None = None) -> bytes:
        """Return the content of a file, never more than its declared size: a file that decompresses to more is cut
        there, and found to be corrupt.

        Raises BadImages if it cannot be read, or has more than `most` bytes (default: the limit for one image).
        """
        file, most = self.files[path], most or self._limits.file
        if file.bytes > most:
            raise BadImages(
                f"{path} has {human_bytes(file.bytes)}; the limit is {human_bytes(most)}. Scale it down first."
            )
        return self._read(path, file, file.bytes)

    def head(self, path: str) -> bytes:
        """Return the first bytes of a file, enough to recognise its format. Raises BadImages."""
        return self.start(path, HEAD)

    def start(self, path: str, count: int) -> bytes:
        """Return the first `count` bytes of a file. Raises BadImages."""
        return self._read(path, self.files[path], count)

    def close(self) -> None:
        """Close the tree and all files that `real` returned."""
        self._resources.close()

    def keep(self, resource: AbstractContextManager[Resource]) -> Resource:
        """Register a resource to be closed with the tree."""
        return self._resources.enter_context(resource)

    def real(self, path: str, *, unzip: bool = False) -> IO[bytes]:
        """Return a seekable file on disk that can be memory-mapped. `unzip`: decompress a .gz.

        A file inside an archive is copied to an anonymous temporary file, deleted when the tree is closed.
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
                raise BadImages(f"{path} cannot be unpacked: {error}. Download or create it again.") from error

    def _read(self, path: str, file: File, count: int) -> bytes:
        with self._open(path, file) as opened:
            try:
                return opened.read(count)
            except self._source.damaged as error:
                raise BadImages(f"{path} cannot be unpacked: {error}. Download or create {self.name} again.") from error

    def _open(self, path: str, file: File) -> IO[bytes]:
        try:
            return self._source.open(file.handle)
        except self._source.damaged as error:
            raise BadImages(f"{path} cannot be read: {error}.") from error


class Folder:
    """A folder on disk. Symbolic links are followed: anyone who can name the folder can read their targets."""

    damaged: tuple[type[Exception], ...] = (OSError,)
    is_on_disk = True

    def __init__(self, top: Path) -> None:
        self._top = top
        self.loops: list[bytes] = []

    def members(self) -> Iterator[Member]:
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
            yield from (Member(below + name, 0, None, is_folder=True) for name in folders)
            for name in sorted(files):
                place = os.path.join(folder, name)  # noqa: PTH118
                yield Member(below + name, _size(place), place)

    def open(self, handle: bytes) -> IO[bytes]:
        if not os.path.isfile(handle):  # noqa: PTH113
            raise OSError("a broken link or a device")
        return open(handle, "rb")  # noqa: PTH123


def _identity(place: bytes) -> tuple[int, int]:
    """Return device and inode, which a folder and links to it share."""
    found = os.stat(place)  # noqa: PTH116
    return found.st_dev, found.st_ino


def _is_loop(place: bytes, known: Mapping[bytes, tuple[int, int]], top: bytes) -> bool:
    """Return whether a folder is the same as one of its parents."""
    above = place
    while above != top:
        above = os.path.dirname(above)  # noqa: PTH120
        if known[above] == known[place]:
            return True
    return False


class OneFile:
    """A single file that is not an archive."""

    damaged: tuple[type[Exception], ...] = (OSError,)
    loops: Sequence[Name] = ()
    is_on_disk = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def members(self) -> Iterator[Member]:
        yield Member(os.fsencode(self._path.name), self._path.stat().st_size, self._path)

    def open(self, handle: Path) -> IO[bytes]:
        return handle.open("rb")


def unpacked(packed: IO[bytes], name: str, limits: Limits, scratch: Path) -> IO[bytes]:
    """Copy a stream to an anonymous temporary file in `scratch`.

    Raises BadImages when it exceeds the limits or the free disk space, and what `packed` raises for corrupt content.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(TemporaryFile(dir=scratch))
        written = 0
        while piece := packed.read(PIECE):
            written += len(piece)
            _check_room(name, written, len(piece), limits, scratch)
            file.write(piece)
        file.seek(0)
        stack.pop_all()  # keep it open
    return file


def _check_room(name: str, written: int, more: int, limits: Limits, scratch: Path) -> None:
    if written > limits.unpacked:
        raise too_large(name, written, limits)
    if shutil.disk_usage(scratch).free - more < limits.kept_free:
        raise BadImages(f"{name} does not fit on the disk of {scratch} once unpacked. Free some space there.")


def too_large(name: str, size: int, limits: Limits) -> BadImages:
    return BadImages(
        f"{name} would unpack to {human_bytes(size)}; the limit is {human_bytes(limits.unpacked)}."
        " Unpack it yourself and import the folder."
    )


def _bounded(members: Iterable[Member], name: str, limits: Limits) -> list[Member]:
    kept: list[Member] = []
    for member in members:
        kept.append(member)
        if len(kept) > limits.files:
            raise BadImages(f"{name} contains more than {limits.files:,} files. Import a part of it.")
    return kept


def _check(name: str, where: str) -> None:
    as_windows = PureWindowsPath(name)  # understands both slashes, and drive letters
    if as_windows.anchor or ".." in as_windows.parts:
        raise BadImages(f"{where} contains {name!r}, a path outside the archive. Remove it.")


def _size(place: bytes) -> int:
    try:
        return os.stat(place).st_size  # noqa: PTH116
    except OSError:
        return 0  # a broken link: reading it raises the error


def _refuse(error: OSError) -> None:
    raise BadImages(f"{os.fsdecode(error.filename)} cannot be read: {error.strerror}.") from error
