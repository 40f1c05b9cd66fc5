"""Open the container of the images: a folder, a zip, a tar or a single file.

Nothing is extracted to a path that an archive chooses, so path traversal is impossible; such archives are refused
anyway.
"""

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from skiplab.contract.archives import HEAD, SUPPORTED, UNSUPPORTED, Kind, kind_of
from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages
from worker.imports.names import Name
from worker.imports.tree import Folder, Member, OneFile, Source, Tree, too_large, unpacked

UNPACKERS: dict[Kind, Callable[[Path], IO[bytes]]] = {
    "gzip": gzip.open,  # type: ignore[dict-item]
    "bzip2": bz2.open,
    "xz": lzma.open,
}

# Raised by zipfile, tarfile and the decompressors on corrupt or unknown content.
DAMAGED = (
    OSError,
    ValueError,
    EOFError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)

UTF8_FLAG = 1 << 11
ENCRYPTED_FLAG = 1


@contextmanager
def opened(
    path: Path,
    limits: Limits,
    *,
    scratch: Path,
    names: str | None = None,
    part: str | None = None,
    called: str | None = None,
) -> Iterator[Tree]:
    """Open a folder or archive as a tree of files.

    `names`: encoding of file names that are not UTF-8. `part`: a folder inside, or a prefix of file names, to restrict
    the tree to. `called`: name used in errors; default: the path. `scratch`: folder for the anonymous temporary file
    that a compressed tar is decompressed to. Raises BadImages for anything but a folder or a harmless archive.
    """
    called = called or str(path)
    if not path.exists():
        raise BadImages(f"{path} does not exist. Give a folder, a zip or tar archive, an .npz or a Parquet file.")
    with (
        _source(path, called, limits, scratch) as source,
        closing(Tree(source, name=called, limits=limits, names=names, part=part, scratch=scratch)) as tree,
    ):
        yield tree


@contextmanager
def _source(path: Path, called: str, limits: Limits, scratch: Path) -> Iterator[Source]:
    if path.is_dir():
        yield Folder(path)
        return
    with path.open("rb") as start:
        head = start.read(HEAD)
    kind = kind_of(head)
    # A self-extracting zip begins with a program; a tar may end with a zip.
    if kind in (None, "zip") and zipfile.is_zipfile(path):
        with _opened_zip(path, called) as archive:
            yield Zip(archive, called, limits)
    elif kind in UNPACKERS:
        with _decompressed(path, UNPACKERS[kind], called, limits, scratch) as (file, is_tar):
            if is_tar:
                with _opened_tar(file, called) as tar:
                    yield Tar(tar, called, limits)
            else:
                yield OneFile(path)
    elif kind == "tar":
        with path.open("rb") as whole, _opened_tar(whole, called) as tar:
            yield Tar(tar, called, limits)
    elif kind is None or kind == "zip":
        raise _not_an_archive(head, called)
    else:
        yield OneFile(path)


def _not_an_archive(head: bytes, called: str) -> BadImages:
    if kind_of(head) == "zip":
        return BadImages(
            f"{called} is a truncated zip file: its central directory is missing. Download or create it again."
        )
    for magic, what in UNSUPPORTED.items():
        if head.startswith(magic):
            return BadImages(f"{called} is {what}, which is not supported: unpack it and import the folder.")
    return BadImages(f"{called} is neither a folder nor {SUPPORTED}.")


@contextmanager
def _decompressed(
    path: Path, unpack: Callable[[Path], IO[bytes]], called: str, limits: Limits, scratch: Path
) -> Iterator[tuple[IO[bytes], bool]]:
    """Yield the content as a seekable file, and whether it is a tar."""
    whole = _unpacked_tar(path, unpack, called, limits, scratch)
    if whole is None:
        with path.open("rb") as file:
            yield file, False
        return
    with whole:
        yield whole, True


def _unpacked_tar(
    path: Path, unpack: Callable[[Path], IO[bytes]], called: str, limits: Limits, scratch: Path
) -> IO[bytes] | None:
    """Return the decompressed tar, or None when the content is not a tar. Raises BadImages when it is corrupt."""
    try:
        with unpack(path) as packed:
            if kind_of(packed.read(HEAD)) != "tar":
                return None
        with unpack(path) as packed:
            return unpacked(packed, called, limits, scratch)
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, OSError) as error:
        raise BadImages(f"{called} is corrupt: {error}. Download or create it again.") from error


def _opened_zip(path: Path, called: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except DAMAGED as error:
        raise BadImages(f"{called} is a corrupt zip file: {error}. Download or create it again.") from error


def _opened_tar(file: IO[bytes], called: str) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=file, mode="r:")
    except DAMAGED as error:
        raise BadImages(f"{called} is a corrupt tar file: {error}. Download or create it again.") from error


class Zip:
    """The members of a zip, checked before any is read."""

    damaged: tuple[type[Exception], ...] = DAMAGED
    loops: Sequence[Name] = ()
    is_on_disk = False

    def __init__(self, archive: zipfile.ZipFile, called: str, limits: Limits) -> None:
        self._archive, self._called, self._limits = archive, called, limits

    def members(self) -> Iterator[Member]:
        members = self._archive.infolist()
        size = sum(member.file_size for member in members)
        if size > self._limits.unpacked:
            raise too_large(self._called, size, self._limits)
        for member in members:
            _check_member(member, self._called)
            yield Member(_name(member), member.file_size, member, is_folder=_is_folder(member), swaps_slashes=True)

    def open(self, handle: zipfile.ZipInfo) -> IO[bytes]:
        return self._archive.open(handle)


def _name(member: zipfile.ZipInfo) -> str | bytes:
    """Return the name as text, or its raw bytes when the encoding is undeclared.

    zipfile decodes such names as cp437; the real encoding is detected later from all names together.
    """
    if member.flag_bits & UTF8_FLAG or member.orig_filename.isascii():
        return member.filename
    try:
        return member.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename  # from the extra field, where some tools write them as UTF-8


def _is_folder(member: zipfile.ZipInfo) -> bool:
    return member.filename.endswith(("/", "\\"))


def _check_member(member: zipfile.ZipInfo, called: str) -> None:
    """Raise BadImages for members that no benign zip of images holds, and for unsupported compression."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadImages(f"{called} contains {member.filename!r}, a link or device. Only regular files can be imported.")
    if member.flag_bits & ENCRYPTED_FLAG:
        raise BadImages(f"{called} is encrypted ({member.filename!r}): unpack it and import the folder.")
    # zipfile's bzip2 and LZMA readers decompress unbounded amounts at once, and hardly any zip uses them.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadImages(
            f"{called} uses an unsupported compression method ({member.filename!r}): unpack it and import the folder."
        )


class Tar:
    """The members of an uncompressed tar."""

    damaged: tuple[type[Exception], ...] = DAMAGED
    loops: Sequence[Name] = ()
    is_on_disk = False

    def __init__(self, archive: tarfile.TarFile, called: str, limits: Limits) -> None:
        self._archive, self._called, self._limits = archive, called, limits

    def members(self) -> Iterator[Member]:
        size = 0
        try:
            for info in self._archive:
                if not (info.isreg() or info.isdir()):
                    what = "a link or device. Only regular files can be imported."
                    raise BadImages(f"{self._called} contains {info.name!r}, {what}")
                size += info.size
                if size > self._limits.unpacked:
                    raise too_large(self._called, size, self._limits)
                # tarfile decodes bytes that are not UTF-8 as surrogates.
                yield Member(info.name.encode("utf-8", "surrogateescape"), info.size, info, is_folder=info.isdir())
        except DAMAGED as error:
            raise BadImages(f"{self._called} is a corrupt tar file: {error}. Download or create it again.") from error

    def open(self, handle: tarfile.TarInfo) -> IO[bytes]:
        file = self._archive.extractfile(handle)
        if file is None:
            raise OSError("not a regular file")
        return file


def nested(tree: Tree, path: str, limits: Limits) -> Tree:
    """Open a zip inside a tree, such as an .npz. Raises BadImages when it is corrupt."""
    try:
        archive = tree.keep(zipfile.ZipFile(tree.real(path)))
    except DAMAGED as error:
        raise BadImages(f"{path} is corrupt: {error}. Download or create it again.") from error
    return tree.keep(closing(Tree(Zip(archive, path, limits), name=path, limits=limits, scratch=tree.scratch)))
