"""Zips with any content: errors name the archive, and nothing is written."""

import gzip
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from worker.datasets.limits import Limits
from worker.datasets.pictures import BadImages
from worker.imports.archives import opened

NAME = "train/cat/0.png"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "pets.zip"


def refused(archive: Path, message: str, limits: Limits | None = None) -> None:
    with pytest.raises(BadImages, match=message), opened(archive, limits or Limits(), scratch=archive.parent):
        pytest.fail("it was let in")
    assert list(archive.parent.iterdir()) == [archive]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "/etc/evil.png",
        "train/cat/..\\..\\evil.png",
        "C:\\evil.png",
        "C:evil.png",
        "\\\\host\\share\\evil.png",
        "train/../../evil.png",
    ],
)
def test_a_path_that_leads_out_is_refused(name: str, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(name, b"")

    refused(archive, r"pets\.zip contains '.*evil\.png', a path outside the archive")


@pytest.mark.parametrize("kind", [0o120777, 0o010644, 0o020644], ids=["link", "pipe", "device"])
def test_a_link_or_device_is_refused(kind: int, archive: Path) -> None:
    member = zipfile.ZipInfo(NAME)
    member.create_system = 3  # Unix
    member.external_attr = kind << 16
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(member, "/etc/passwd")

    refused(archive, r"contains 'train/cat/0\.png', a link or device")


def test_an_encrypted_zip_is_refused(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(NAME, b"secret")
    content = bytearray(archive.read_bytes())
    for header, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(header) + flags] |= 1
    archive.write_bytes(content)

    refused(archive, r"encrypted \('train/cat/0\.png'\): unpack it and import the folder")


def test_a_rare_compression_is_refused(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_LZMA) as zipped:
        zipped.writestr(NAME, b"0" * 1000)

    refused(archive, r"uses an unsupported compression method \('train/cat/0\.png'\)")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(NAME, b"one")
        zipped.writestr(NAME, b"another")

    refused(archive, r"contains 'train/cat/0\.png' twice")


def test_a_bomb_is_refused_by_what_it_says_of_itself(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for number in range(11):
            zipped.writestr(f"train/cat/{number}.png", b"")
    content = bytearray(archive.read_bytes())
    place = -1
    while (place := content.find(b"PK\1\2", place + 1)) >= 0:
        struct.pack_into("<I", content, place + 24, 2**30)  # the unpacked size
    archive.write_bytes(content)

    refused(archive, r"would unpack to 11 GiB; the limit is 10 GiB")


def _honest(content: bytearray) -> None:
    """The file says how large it is."""


def _says_it_is_small(content: bytearray) -> None:
    for header, size in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", content, content.index(header) + size, 1000)


@pytest.mark.parametrize(
    ("lie", "message"),
    [(_honest, r"has 100 MiB; the limit is 1 MiB"), (_says_it_is_small, r"cannot be unpacked: Bad CRC-32")],
)
def test_a_bomb_is_cut_while_it_unpacks(lie: Callable[[bytearray], None], message: str, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped, zipped.open(NAME, "w") as member:
        for _ in range(100):
            member.write(bytes(2**20))
    content = bytearray(archive.read_bytes())
    lie(content)
    archive.write_bytes(content)

    with opened(archive, Limits(file=2**20), scratch=archive.parent) as tree:
        tracemalloc.start()
        with pytest.raises(BadImages, match=rf"train/cat/0\.png {message}"):
            tree.read(NAME)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak < 8 * 2**20, "of 100 MiB"


def test_an_error_of_the_reading_code_is_not_reported_as_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "train.gz").write_bytes(gzip.compress(b"images"))

    with pytest.raises(OSError, match="the disk is full"), opened(tmp_path / "train.gz", Limits(), scratch=tmp_path):
        raise OSError("the disk is full")
