"""Labels from a table beside the images: each image gets one, as it is written there."""

import unicodedata
from pathlib import Path

import pytest

from skiplab.contract.imports import Found
from tests.worker.imports import people
from worker.importer import BadImages, Options, inspect
from worker.imports import rows

IMAGES = 10

Pairs = list[tuple[str, str]]


@pytest.fixture
def given(tmp_path: Path) -> people.Folder:
    folder = people.Folder(tmp_path / "given")
    folder.images("images", IMAGES, "{:03}.png")
    return folder


def found(folder: people.Folder, **options: object) -> Found:
    return inspect(folder.top, Options(**options), scratch=folder.top.parent)


def pairs(one: str = "cat", other: str = "dog", count: int = IMAGES) -> Pairs:
    return [(f"{number:03}.png", other if number % 2 else one) for number in range(count)]


def left_out(report: Found) -> dict[str, list[str]]:
    return {group.why: group.first for group in report.left_out}


def test_an_image_with_two_labels_in_one_table_is_refused_by_name(given: people.Folder) -> None:
    given.table("boxes.csv", ("image", "class"), [*pairs("cat", "dog"), ("003.png", "cat"), ("003.png", "dog")])

    with pytest.raises(
        BadImages, match=r"boxes\.csv gives an image two labels or splits: images/003\.png: 'dog' and 'c"
    ):
        found(given)


def test_tables_that_contradict_each_other_are_refused_by_name(given: people.Folder) -> None:
    given.table("a.csv", ("image", "label"), pairs("cat", "dog"))
    given.table("b.csv", ("image", "label"), [*pairs("cat", "dog")[1:], ("000.png", "dog")])

    with pytest.raises(
        BadImages, match=r"a\.csv and b\.csv give an image two labels or splits: images/000\.png: 'cat' a"
    ):
        found(given)


def test_tables_that_agree_are_taken_together_with_the_splits_that_one_of_them_says(given: people.Folder) -> None:
    given.table("all.csv", ("image", "label"), pairs())
    given.table("numbers.csv", ("image", "class"), pairs("0", "1"))
    given.table("ages.csv", ("image", "age"), pairs("7", "9"))

    assert found(given).classes == ["cat", "dog"]


def test_a_column_of_known_classes_is_the_labels_whatever_it_is_called(given: people.Folder) -> None:
    given.table("answers.csv", ("image", "answer", "age"), [(*each, "7") for each in pairs()[:4]])
    given.table("train.csv", ("image", "label"), pairs()[4:])

    assert sum(sum(each.counts) for each in found(given).splits) == IMAGES


def test_a_split_that_a_later_table_names_is_kept(given: people.Folder) -> None:
    given.table("all.csv", ("image", "label"), pairs())
    given.table("test.csv", ("image", "label"), pairs()[:4])

    report = found(given)

    assert {each.split: each.counts for each in report.splits} == {"train": [3, 3], "test": [2, 2]}
    assert [each.origin for each in report.splits] == ["all images", "by test.csv"]
    assert report.left_out == []


@pytest.mark.parametrize("encoding", ["gbk", "shift_jis", "utf-16", "utf-8-sig"])
def test_labels_are_read_in_the_encoding_that_was_chosen_or_that_the_file_says(
    given: people.Folder, encoding: str
) -> None:
    lines = [f"{file},{label}\n" for file, label in [("file", "label"), *pairs("犬", "大")]]
    (given.top / "labels.csv").write_bytes("".join(lines).encode(encoding))

    assert found(given, names=encoding).classes == ["大", "犬"]


def test_an_unclear_encoding_of_labels_is_refused_with_the_candidates(given: people.Folder) -> None:
    lines = [f"{file},{label}\n" for file, label in [("file", "label"), *pairs("狗", "猫")]]
    (given.top / "labels.csv").write_bytes("".join(lines).encode("gbk"))

    asked = found(given)

    assert {each.encoding: each.examples for each in asked.names}["gbk"] == ["狗", "猫"]
    assert asked.refused is not None
    assert asked.refused.startswith("labels.csv: the labels are not UTF-8, and their encoding cannot be detected.")


def test_the_names_of_images_tell_the_encoding_of_a_table(tmp_path: Path) -> None:
    folder = people.Folder(tmp_path / "given")
    folder.images("images", IMAGES, "犬{:03}.png")
    lines = [f"犬{file},{label}\n" for file, label in [("", "label"), *pairs("黒", "白")]]
    (folder.top / "labels.csv").write_bytes("".join(lines).encode("shift_jis"))

    assert found(folder).classes == ["白", "黒"]


def test_a_table_in_an_unknown_encoding_that_labels_nothing_is_left_out(given: people.Folder) -> None:
    given.table("labels.csv", ("image", "label"), pairs())
    lines = [f"{file},1,{label}\n" for file, label in [("file", "remark"), *pairs("狗", "猫")]]
    (given.top / "remarks.csv").write_bytes("".join(lines).encode("gbk"))

    report = found(given)

    assert report.classes == ["cat", "dog"]
    assert left_out(report) == {"not an image (.csv)": ["remarks.csv"]}


def test_accents_in_two_parts_are_the_same_accents(tmp_path: Path) -> None:
    folder = people.Folder(tmp_path / "given")
    folder.images("images", IMAGES, "caf\u00e9_{:03}.png")
    rows = [(unicodedata.normalize("NFD", f"café_{file}"), label) for file, label in pairs("b\u00ea", "be\u0302")]
    folder.table("labels.csv", ("file", "label"), [*rows[:-1], (rows[-1][0], "dog"), (rows[-2][0], "be\u0302")])

    with pytest.raises(BadImages, match="class 'dog' has a single image"):
        found(folder)


def test_a_table_with_long_fields_does_no_harm(tmp_path: Path) -> None:
    folder = people.Folder(tmp_path / "given")
    for label in ("cat", "dog"):
        folder.images(label, 5, label + "{}.png")
    folder.table("masks.csv", ("image", "rle"), [("cat0.png", "1 2 " * 50_000)])

    assert found(folder).classes == ["cat", "dog"]


def test_a_table_that_is_too_large_to_be_one_is_left_out_where_something_else_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "LARGEST", 1000)
    folder = people.Folder(tmp_path / "given")
    for label in ("cat", "dog"):
        folder.images(label, 5, label + "{}.png")
    folder.table("points.csv", ("image", "label"), [(f"cat{n % 5}.png", "1") for n in range(500)])

    assert left_out(found(folder)) == {"not an image (.csv)": ["points.csv"]}
    flat = people.Folder(tmp_path / "flat")
    flat.images("images", 5)
    flat.table("labels.csv", ("image", "label"), [(f"{n % 5}.png", "1") for n in range(500)])
    with pytest.raises(BadImages, match=r"labels\.csv has .* KiB"):
        found(flat)


def test_a_column_of_one_value_is_not_the_labels(tmp_path: Path) -> None:
    folder = people.Folder(tmp_path / "given")
    for label in ("cat", "dog"):
        folder.images(label, 5, label + "{}.png")
    names = [f"{label}{n}.png" for label in ("cat", "dog") for n in range(5)]
    folder.table("sizes.csv", ("image", "type"), [(name, "photo") for name in names])

    assert found(folder).classes == ["cat", "dog"]


def test_of_two_possible_label_columns_the_report_names_the_one_used(given: people.Folder) -> None:
    given.table(
        "labels.csv", ("image", "species", "tag"), [(file, label, label[:1]) for file, label in pairs("a/b", "c")]
    )

    report = found(given)

    assert report.classes == ["a_b", "c"]
    assert "Labels are read from labels.csv (image, species); tag could be labels too, and are ignored." in report.notes
    assert "Labels in labels.csv contain /, which is replaced by _ in class names." in report.notes


def test_a_name_of_several_images_is_omitted_and_reported(given: people.Folder) -> None:
    given.images("images", 30, "{:03}.png")
    given.images("more", 1, "{:03}.png")
    given.table("labels.csv", ("image", "label"), pairs(count=30))

    report = left_out(found(given))

    assert report["listed in labels.csv, but several images match"] == ["000.png"]
    assert report["images without a label"] == ["images/000.png", "more/000.png"]
