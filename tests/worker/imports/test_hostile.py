"""Malicious archives and arrays: no code runs, nothing is written, memory and disk are bounded."""

import io
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy._core.multiarray import _reconstruct

from tests.worker.imports import people
from worker.datasets.limits import Limits
from worker.importer import BadImages, Options, inspect
from worker.imports.archives import opened
from worker.imports.pickles import UnsafePickle, unpickled


class Call:
    """A pickle of it calls."""

    def __init__(self, what: Callable[..., object], *arguments: object) -> None:
        self._call = what, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._call


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Call(eval, "open('/tmp/evil', 'w')")),
        pickle.dumps(Call(np.load, "/etc/passwd")),
        pickle.dumps(np.array([print], dtype=object)),
        pickle.dumps(Call(_reconstruct, np.ndarray, (10**12,), b"b")),
        b"\x80\x04garbage",
        b"",
    ],
)
def test_a_pickle_gets_nothing_but_arrays(content: bytes) -> None:
    with pytest.raises(UnsafePickle):
        unpickled(content)


def test_arrays_lists_and_texts_of_a_pickle_come_through() -> None:
    held: dict[str, Any] = {
        "data": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "labels": [1, 2],
        "names": ["a"],
        "n": np.int64(3),
    }
    for protocol in (2, 4, 5):
        again = unpickled(pickle.dumps(held, protocol=protocol))
        assert np.array_equal(again["data"], held["data"])
        assert (again["labels"], again["names"], again["n"]) == ([1, 2], ["a"], 3)


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size, made.linkname = kind, size, "/etc/passwd"
    return made


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (member("../evil.png"), "a path outside the archive"),
        (member("/etc/evil.png"), "a path outside the archive"),
        (member("train/cat/a.png", tarfile.SYMTYPE), "a link or device"),
        (member("train/cat/a.png", tarfile.LNKTYPE), "a link or device"),
        (member("train/cat/a.png", tarfile.CHRTYPE), "a link or device"),
    ],
    ids=["out", "absolute", "symbolic link", "hard link", "device"],
)
@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_a_hostile_tar_is_refused_and_nothing_is_written(
    given: tarfile.TarInfo, message: str, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"pets{suffix}"
    with tarfile.open(path, "w:gz" if suffix.endswith("gz") else "w") as archive:
        archive.addfile(given)

    with pytest.raises(BadImages, match=message), opened(path, Limits(), scratch=tmp_path):
        pytest.fail("it was let in")
    assert list(tmp_path.iterdir()) == [path]


def test_a_compressed_bomb_is_cut_while_it_unpacks(tmp_path: Path) -> None:
    path = tmp_path / "pets.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(member("train/cat/a.png", size=8 << 20), io.BytesIO(bytes(8 << 20)))

    with pytest.raises(BadImages, match="would unpack to"), opened(path, Limits(unpacked=1 << 20), scratch=tmp_path):
        pytest.fail("it was let in")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tar.xz"])
def test_a_damaged_tar_is_reported_as_damaged(suffix: str, tmp_path: Path) -> None:
    people.train_and_val(people.Folder(tmp_path / "given"))
    path = people.packed(tmp_path / "given", tmp_path / f"pets{suffix}")
    path.write_bytes(path.read_bytes()[:5000])

    with pytest.raises(BadImages, match=r"damaged|cannot be unpacked|cannot be read"):
        inspect(path, Options(), scratch=tmp_path)


def test_an_array_of_python_objects_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "pets.npz", images=np.array([print], dtype=object), labels=np.zeros(1, dtype=np.int64))

    with pytest.raises(BadImages, match="contains Python objects, which could run code"):
        inspect(tmp_path / "pets.npz", Options(), scratch=tmp_path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"weights": np.zeros((3, 3))}, r"found the arrays weights 3 x 3 float64; expected pairs such as x_train and"),
        ({"x": np.zeros((4, 8, 8), np.uint8), "y": np.zeros(3, np.int64)}, "4 images, but 3 labels"),
        ({"x": np.full((4, 8, 8), -1.0), "y": np.zeros(4, np.int64)}, "floating-point values from -1 to -1"),
        ({"x": np.zeros((4, 8, 8, 7), np.uint8), "y": np.zeros(4, np.int64)}, "has shape 4 x 8 x 8 x 7"),
    ],
)
def test_arrays_that_are_no_images_are_named_with_their_shapes(
    arrays: dict[str, np.ndarray], message: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "pets.npz", **arrays)  # type: ignore[arg-type]

    with pytest.raises(BadImages, match=message):
        inspect(tmp_path / "pets.npz", Options(), scratch=tmp_path)


@pytest.mark.parametrize(
    ("head", "message"),
    [(b"Rar!\x1a\7", "a RAR archive"), (b"7z\xbc\xaf\x27\x1c", "a 7z archive"), (b"(\xb5/\xfd", "zstd")],
)
def test_other_archives_are_called_by_their_name(head: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "pets").write_bytes(head + bytes(600))

    with pytest.raises(BadImages, match=f"{message}, which is not supported: unpack it and import the folder"):
        inspect(tmp_path / "pets", Options(), scratch=tmp_path)
