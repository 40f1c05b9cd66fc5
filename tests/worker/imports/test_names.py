"""Names of files: decoded if the encoding can be detected, else refused with candidates, never garbled."""

import os
import unicodedata
import zipfile
from pathlib import Path

import pytest

from tests.worker.imports import people
from worker.datasets import cache
from worker.importer import BadImages, Options, import_images, inspect
from worker.imports.names import UnknownNames, decoded, is_system


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        (("train/café/1.png", "train/naïve/1.png"), "cp437"),
        (("train/Größe/1.png", "train/Länge/1.png"), "cp1252"),
        (("train/犬/1.png", "train/ネコ/1.png"), "shift_jis"),
        (("train/собака/1.png", "train/кошка/1.png"), "cp866"),
        (("train/猫/1.png", "train/狗/1.png"), "utf-8"),
        (("train/cat/1.png",), "ascii"),
    ],
)
def test_a_clear_encoding_is_detected(names: tuple[str, ...], encoding: str) -> None:
    assert decoded([name.encode(encoding) for name in names], None, "pets.zip") == list(names)


def test_an_unclear_encoding_is_refused_with_the_candidates() -> None:
    names = [f"train/{label}/1.png".encode("gbk") for label in ("猫", "狗")]

    with pytest.raises(UnknownNames, match=r"Set it with --names") as asked:
        decoded(names, None, "pets.zip")

    shown = {each.encoding: each.examples for each in asked.value.candidates}
    assert shown["gbk"] == ["train/猫/1.png", "train/狗/1.png"]
    assert len(shown) > 1
    assert decoded(names, "gbk", "pets.zip") == ["train/猫/1.png", "train/狗/1.png"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("klingon", "unknown encoding"),
        ("ascii", "the names are not ascii"),
        ("hex", "unknown"),
        ("undefined", "unknown"),
        ("unicode_escape", "unknown"),
    ],
)
def test_a_wrong_encoding_is_refused(given: str, message: str) -> None:
    with pytest.raises(BadImages, match=message):
        decoded(["é".encode("cp437")], given, "pets.zip")


def zipped(path: Path, labels: list[str], encoding: str) -> Path:
    """As old programs write them: names in an encoding of the system, and no flag."""
    names = {}
    with zipfile.ZipFile(path, "w") as archive:
        for number, (split, label) in enumerate((split, label) for split in ("train", "test") for label in labels):
            raw = f"{split}/{label}/1.png".encode(encoding)
            names["".join(chr(byte) for byte in b"%08d" % number).ljust(len(raw), "x")] = raw
            with archive.open(list(names)[-1], "w") as file:
                people.picture(number).save(file, "PNG")
    content = path.read_bytes()
    for plain, raw in names.items():
        content = content.replace(plain.encode(), raw)
    path.write_bytes(content)
    return path


def test_a_zip_with_names_in_shift_jis_is_imported(tmp_path: Path) -> None:
    import_images("pets", zipped(tmp_path / "pets.zip", ["犬", "ネコ"], "shift_jis"), tmp_path, lambda _done, _of: None)

    assert cache.load(tmp_path, "pets").classes == ("ネコ", "犬")


def test_a_zip_with_names_in_gbk_asks_in_its_report_and_takes_the_answer(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "pets.zip", ["猫", "狗"], "gbk")

    asked = inspect(archive, Options(), scratch=tmp_path)
    found = inspect(archive, Options(names="gbk"), scratch=tmp_path)

    assert {each.encoding for each in asked.names} >= {"gbk", "big5"}
    assert asked.refused is not None
    assert (found.refused, found.names, found.classes) == (None, [], ["狗", "猫"])


def test_a_folder_with_names_that_are_no_utf8_is_imported(tmp_path: Path) -> None:
    folder = people.Folder(tmp_path / "pets")
    for split in ("train", "test"):
        folder.images(f"{split}/cafe", 2)
        folder.images(f"{split}/dog", 2)
        (tmp_path / "pets" / split / "cafe").rename(tmp_path / "pets" / split / os.fsdecode("café".encode("cp1252")))

    import_images("pets", tmp_path / "pets", tmp_path, lambda _done, _of: None)

    assert cache.load(tmp_path, "pets").classes == ("café", "dog")


def test_backslashes_and_two_ways_to_write_an_accent_are_one_class(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for number, (split, form) in enumerate((("train", "NFC"), ("test", "NFD"))):
            for place, label in enumerate((unicodedata.normalize(form, "café"), "dog")):  # type: ignore[arg-type]
                with archive.open(f"{split}\\{label}\\1.png", "w") as file:
                    people.picture(2 * number + place).save(file, "PNG")

    import_images("pets", tmp_path / "pets.zip", tmp_path, lambda _done, _of: None)

    assert cache.load(tmp_path, "pets").classes == ("café", "dog")


@pytest.mark.parametrize(
    "path",
    ["@eaDir/a.jpg", "__MACOSX/._a.jpg", "a/.DS_Store", "a/Thumbs.db", "Desktop.ini", "a/.ipynb_checkpoints/b.png"],
)
def test_what_systems_leave_is_known(path: str) -> None:
    assert is_system(path)
