"""Opens what the images come in: a folder, a zip, a tar, or one file.

Nothing is ever unpacked to a path of an archive's own choosing, so that a hostile one can reach no file; it is refused
all the same."""

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

from skiplab.contract.archives import HEAD, IN_WORDS, NOT_READ, Kind, kind_of
from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages
from worker.imports.names import Name
from worker.imports.tree import Folder, OneFile, Raw, Source, Tree, too_large, unpacked

UNPACKERS: dict[Kind, Callable[[Path], IO[bytes]]] = {
    "gzip": gzip.open,  # type: ignore[dict-item]
    "bzip2": bz2.open,
    "xz": lzma.open,
}

# What the modules raise at damaged or unknown content.
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
    """`called`: how errors name it; default: its path. `scratch`: where a compressed tar can be unpacked to a file
    without a name. `part`: the folder in it that is meant, or what the names of the files that are meant begin with.

    Raises BadImages for what is neither a folder nor a harmless archive.
    """
    called = called or str(path)
    if not path.exists():
        raise BadImages(f"{path} is not there: give a folder, a zip or tar archive, an .npz or a Parquet file.")
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
    # A zip may have a program before it; a tar may end with a zip.
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
        raise _no_archive(head, called)
    else:
        yield OneFile(path)


def _no_archive(head: bytes, called: str) -> BadImages:
    if kind_of(head) == "zip":
        return BadImages(f"{called} is a damaged zip file: its end is missing. Fetch or make it again.")
    for magic, what in NOT_READ.items():
        if head.startswith(magic):
            return BadImages(f"{called} is {what}, which is not read here: unpack it and import the folder.")
    return BadImages(f"{called} is neither a folder nor {IN_WORDS}.")


@contextmanager
def _decompressed(
    path: Path, unpack: Callable[[Path], IO[bytes]], called: str, limits: Limits, scratch: Path
) -> Iterator[tuple[IO[bytes], bool]]:
    """The content, in a file that can be read in any order, and whether it is a tar."""
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
    """None where something else is compressed. Raises BadImages."""
    try:
        with unpack(path) as packed:
            if kind_of(packed.read(HEAD)) != "tar":
                return None
        with unpack(path) as packed:
            return unpacked(packed, called, limits, scratch)
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, OSError) as error:
        raise BadImages(f"{called} is damaged: {error}. Fetch or make it again.") from error


def _opened_zip(path: Path, called: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except DAMAGED as error:
        raise BadImages(f"{called} is a damaged zip file: {error}. Fetch or make it again.") from error


def _opened_tar(file: IO[bytes], called: str) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=file, mode="r:")
    except DAMAGED as error:
        raise BadImages(f"{called} is a damaged tar file: {error}. Fetch or make it again.") from error


class Zip:
    damaged: tuple[type[Exception], ...] = DAMAGED
    loops: Sequence[Name] = ()
    is_on_disk = False

    def __init__(self, archive: zipfile.ZipFile, called: str, limits: Limits) -> None:
        self._archive, self._called, self._limits = archive, called, limits

    def raws(self) -> Iterator[Raw]:
        members = self._archive.infolist()
        size = sum(member.file_size for member in members)
        if size > self._limits.unpacked:
            raise too_large(self._called, size, self._limits)
        for member in members:
            _check_member(member, self._called)
            yield Raw(_name(member), member.file_size, member, is_folder=_is_folder(member), swaps_slashes=True)

    def open(self, handle: zipfile.ZipInfo) -> IO[bytes]:
        return self._archive.open(handle)


def _name(member: zipfile.ZipInfo) -> str | bytes:
    """Python reads names without the flag as cp437; what they are is told later, from all of them."""
    if member.flag_bits & UTF8_FLAG or member.orig_filename.isascii():
        return member.filename
    try:
        return member.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename  # from the extra field, where some tools write them as UTF-8


def _is_folder(member: zipfile.ZipInfo) -> bool:
    return member.filename.endswith(("/", "\\"))


def _check_member(member: zipfile.ZipInfo, called: str) -> None:
    """Raises BadImages for what no honest zip of images holds, and for what cannot be read."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadImages(
            f"{called} holds {member.filename!r}, a link or a device instead of a file: it is not imported."
        )
    if member.flag_bits & ENCRYPTED_FLAG:
        raise BadImages(f"{called} is encrypted ({member.filename!r}): unpack it and import the folder.")
    # The others of zipfile unpack as much as they like at once, and hardly any zip has them.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadImages(f"{called} is compressed in a rare way ({member.filename!r}): unpack it and import the folder.")


class Tar:
    damaged: tuple[type[Exception], ...] = DAMAGED
    loops: Sequence[Name] = ()
    is_on_disk = False

    def __init__(self, archive: tarfile.TarFile, called: str, limits: Limits) -> None:
        self._archive, self._called, self._limits = archive, called, limits

    def raws(self) -> Iterator[Raw]:
        size = 0
        try:
            for member in self._archive:
                if not (member.isreg() or member.isdir()):
                    what = "a link or a device instead of a file: it is not imported"
                    raise BadImages(f"{self._called} holds {member.name!r}, {what}.")
                size += member.size
                if size > self._limits.unpacked:
                    raise too_large(self._called, size, self._limits)
                # tarfile has kept what is no UTF-8 as surrogates.
                yield Raw(member.name.encode("utf-8", "surrogateescape"), member.size, member, is_folder=member.isdir())
        except DAMAGED as error:
            raise BadImages(f"{self._called} is a damaged tar file: {error}. Fetch or make it again.") from error

    def open(self, handle: tarfile.TarInfo) -> IO[bytes]:
        file = self._archive.extractfile(handle)
        if file is None:
            raise OSError("it is no file")
        return file


def nested(tree: Tree, path: str, limits: Limits) -> Tree:
    """A zip within a tree, such as an .npz. Raises BadImages."""
    try:
        archive = tree.keep(zipfile.ZipFile(tree.real(path)))
    except DAMAGED as error:
        raise BadImages(f"{path} is damaged: {error}. Fetch or make it again.") from error
    return tree.keep(closing(Tree(Zip(archive, path, limits), name=path, limits=limits, scratch=tree.scratch)))
