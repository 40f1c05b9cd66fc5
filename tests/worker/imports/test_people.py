"""Common layouts of images become data sets, and the report states how they were read."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from skiplab.contract.imports import Found
from tests.worker.imports import people
from worker.datasets import cache
from worker.importer import BadImages, Options, import_images, inspect


def bring(path: Path, home: Path, **options: object) -> None:
    import_images("pets", path, home, lambda _done, _of: None, options=Options(**options))


def found(path: Path, tmp_path: Path, **options: object) -> Found:
    return inspect(path, Options(**options), scratch=tmp_path)


def counts(home: Path) -> dict[str, tuple[int, ...]]:
    """Images of each class, by split."""
    data = cache.load(home, "pets")
    labels = {"train": data.train_labels, "val": data.val_labels, "test": data.test_labels}
    return {
        split: tuple(np.bincount(each, minlength=len(data.classes)).tolist())
        for split, each in labels.items()
        if each is not None
    }


@pytest.mark.parametrize("name", people.FOLDERS)
def test_a_public_folder_is_understood_and_previewed_as_it_is_taken(name: str, tmp_path: Path) -> None:
    make, wanted = people.FOLDERS[name]
    make(people.Folder(tmp_path / "given"))

    preview = found(tmp_path / "given", tmp_path)
    bring(tmp_path / "given", tmp_path / "home")

    assert counts(tmp_path / "home") == wanted
    assert {each.split: tuple(each.counts) for each in preview.splits} == wanted
    assert preview.refused is None
    assert preview.classes == list(cache.load(tmp_path / "home", "pets").classes)


@pytest.mark.parametrize(
    ("make", "wanted", "classes"),
    [
        (people.cifar10, {"train": (20, 20), "test": (4, 4)}, ("ship", "cat")),
        (people.cifar100, {"train": (4, 4), "test": (4, 4)}, ("apple", "bear")),
        (people.keras, {"train": (4, 4), "test": (4, 4)}, ("0", "1")),
        (people.medmnist, {"train": (4, 4), "val": (4, 4), "test": (4, 4)}, ("0", "1")),
        (people.mnist, {"train": (4, 4), "test": (4, 4)}, ("0", "1")),
        (people.hugging_face, {"train": (8, 8), "val": (4, 4), "test": (4, 4)}, ("rust", "healthy")),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_arrays_and_tables_are_understood(
    make: Callable[[Path], Path], wanted: dict[str, tuple[int, ...]], classes: tuple[str, ...], tmp_path: Path
) -> None:
    given = make(tmp_path / "given")

    bring(given, tmp_path / "home")

    assert counts(tmp_path / "home") == wanted
    assert cache.load(tmp_path / "home", "pets").classes == classes
    assert [each.images for each in found(given, tmp_path).splits] == [sum(each) for each in wanted.values()]


def test_the_pixels_of_arrays_stay_as_they_are(tmp_path: Path) -> None:
    bring(people.cifar10(tmp_path), tmp_path / "home")

    first = cache.load(tmp_path / "home", "pets").train_images[0]
    assert np.array_equal(first, people.pixels(1, 3072)[0].reshape(3, 32, 32).transpose(1, 2, 0))


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2"])
def test_an_archive_is_the_same_as_its_folder(suffix: str, tmp_path: Path) -> None:
    people.upper_case_splits(people.Folder(tmp_path / "given"))
    archive = people.packed(tmp_path / "given", tmp_path / f"given{suffix}")

    bring(tmp_path / "given", tmp_path / "plain")
    bring(archive, tmp_path / "packed")

    ours, theirs = cache.load(tmp_path / "plain", "pets"), cache.load(tmp_path / "packed", "pets")
    assert np.array_equal(ours.train_images, theirs.train_images)
    assert ours.val_images is not None
    assert theirs.val_images is not None
    assert np.array_equal(ours.val_images, theirs.val_images)
    assert [path.name for path in (tmp_path / "packed").iterdir()] == ["datasets"]


def test_a_held_out_test_set_is_reproducible_and_reported(tmp_path: Path) -> None:
    people.classes_alone(people.Folder(tmp_path / "given"))

    bring(tmp_path / "given", tmp_path / "first")
    first = np.array(cache.load(tmp_path / "first", "pets").test_images)
    people.Folder(tmp_path / "given").images("flower_photos/violet", 10)
    bring(tmp_path / "given", tmp_path / "second")

    again = cache.load(tmp_path / "second", "pets").test_images
    assert np.array_equal(first, again[: len(first)]), "a new class moved the images of others"
    bring(tmp_path / "given", tmp_path / "third", test_share=0.5)
    assert counts(tmp_path / "third")["test"] == (5, 5, 5, 5)
    report = found(tmp_path / "given", tmp_path)
    (note,) = report.notes
    assert not report.labelled_test
    assert note.startswith("No labelled test set: 20% of each class is split off as the test set, with a fixed seed.")


def test_validation_images_become_the_test_set_where_there_is_none_unless_a_share_is_given(tmp_path: Path) -> None:
    people.train_and_val(people.Folder(tmp_path / "given"))

    (note,) = found(tmp_path / "given", tmp_path).notes
    assert "the validation images are used as the test set" in note
    bring(tmp_path / "given", tmp_path / "home", test_share=0.25)
    assert counts(tmp_path / "home") == {"train": (3, 3), "val": (2, 2), "test": (1, 1)}


def test_what_is_omitted_is_reported_with_the_reason(tmp_path: Path) -> None:
    people.seg_train_and_seg_test(people.Folder(tmp_path / "given"))
    (tmp_path / "given/notes.docx").write_bytes(b"PK")
    (tmp_path / "given/.DS_Store").write_bytes(b"\0")

    groups = {group.why: group for group in found(tmp_path / "given", tmp_path).left_out}

    outside = groups["in seg_pred/, outside seg_test/, seg_train/"]
    assert (outside.count, outside.first[0]) == (3, "seg_pred/seg_pred/0.png")
    assert groups["not an image (.docx)"].first == ["notes.docx"]
    assert groups["hidden and system files (.DS_Store, __MACOSX, @eaDir, ...)"].count == 1


def _nothing_known(folder: people.Folder) -> None:
    folder.images("photos", 4, "IMG_{}.jpg")


def _folders_in_folders(folder: people.Folder) -> None:
    folder.images("2021/may/a", 2)
    folder.images("2022/june/b", 2)


def _no_images(folder: people.Folder) -> None:
    folder.top.mkdir()
    (folder.top / "a.mp4").write_bytes(b"film")
    (folder.top / "train.zip").write_bytes(b"PK")


def _two_spellings(folder: people.Folder) -> None:
    for path in ("train/Cat", "train/dog", "test/cat", "test/dog"):
        folder.images(path, 2)


def _a_column_of_no_meaning(folder: people.Folder) -> None:
    folder.images("all", 4, "x{}.jpg")
    folder.table("all.csv", ("file", "alpha", "beta"), ((f"x{n}.jpg", str(n), str(2 * n)) for n in range(4)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            _nothing_known,
            r"found 4 images \(photos/IMG_0\.jpg, .*\) without class labels; expected",
        ),
        (_folders_in_folders, r"found the top-level folders 2021/, 2022/ with subfolders \(2021/may/a/0\.png\)"),
        (_no_images, r"found nested archives \(train\.zip\), which must be unpacked first, and no images"),
        (_two_spellings, r"'Cat' \(train/Cat/0\.png\) and 'cat' \(test/cat/0\.png\) differ only in case"),
        (
            _a_column_of_no_meaning,
            r"all\.csv lists images, but its label column cannot be identified among file, alpha, beta",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_refusal_names_what_was_found(make: Callable[[people.Folder], None], message: str, tmp_path: Path) -> None:
    make(people.Folder(tmp_path / "given"))

    with pytest.raises(BadImages, match=message):
        found(tmp_path / "given", tmp_path)


def test_a_class_that_is_called_train_is_no_split(tmp_path: Path) -> None:
    for label in ("car", "plane", "train"):
        people.Folder(tmp_path / "given").images(label, 5)

    bring(tmp_path / "given", tmp_path / "home")

    assert cache.load(tmp_path / "home", "pets").classes == ("car", "plane", "train")


def test_parquet_without_pyarrow_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = people.hugging_face(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(BadImages, match="pyarrow, which is not installed: pip install pyarrow"):
        found(given, tmp_path)


def test_the_report_is_plain_json(tmp_path: Path) -> None:
    people.train_validation_and_test(people.Folder(tmp_path / "given"))

    report = json.loads(found(tmp_path / "given", tmp_path).model_dump_json())

    pixels = {"width": 16, "height": 16}
    spread = {"smallest": pixels, "median": pixels, "largest": pixels}
    assert report["size"] == {"chosen": pixels, "why": "the size of all images", **spread}
    assert report["bytes"] == 18 * 16 * 16 * 3
    assert report["labelled_test"] is True
    assert report["splits"][1] == {"split": "val", "images": 4, "counts": [2, 2], "origin": "validation/"}


def test_a_table_that_says_nothing_of_classes_does_no_harm_beside_folders_that_do(tmp_path: Path) -> None:
    folder = people.Folder(tmp_path / "given")
    people.training_and_testing(folder)
    names = [f"archive/Training/glioma/{n}.png" for n in range(4)]
    folder.table("archive/sizes.csv", ("file", "width", "height"), ((name, "16", "12") for name in names))

    assert [each.images for each in found(tmp_path / "given", tmp_path).splits] == [12, 6]


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            np.full((4, 8, 8, 3), 4000, dtype=np.uint16),
            r"x has values from 4000 to 4000; .* within 0 to 255",
        ),
        (
            np.full((4, 8, 8), -3, dtype=np.int64),
            r"x has values from -3 to -3; .* within 0 to 65535",
        ),
    ],
)
def test_arrays_whose_numbers_are_no_shades_are_refused(images: np.ndarray, message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "pets.npz", x=images, y=people.LABELS[:4])

    with pytest.raises(BadImages, match=message):
        found(tmp_path / "pets.npz", tmp_path)


@pytest.mark.parametrize("kind", [np.int64, np.float32, np.float64])
def test_arrays_of_other_numbers_have_the_same_shades(kind: type, tmp_path: Path) -> None:
    shades = people.pixels(1, 8, 8, 3)
    given = shades / 255 if kind is np.float64 else shades
    np.savez(
        tmp_path / "pets.npz",
        x_train=given.astype(kind),
        y_train=people.LABELS,
        x_test=given.astype(kind),
        y_test=people.LABELS,
    )

    bring(tmp_path / "pets.npz", tmp_path)

    assert np.array_equal(cache.load(tmp_path, "pets").train_images, shades)


def test_folders_keep_their_names_where_a_table_has_the_same_classes_by_number(tmp_path: Path) -> None:
    people.classes_alone(people.Folder(tmp_path / "given"))
    labels = ("daisy", "rose", "tulip")
    rows = ((f"flower_photos/{label}/{n}.png", str(labels.index(label))) for label in labels for n in range(10))
    people.Folder(tmp_path / "given").table("labels.csv", ("path", "class"), rows)

    assert found(tmp_path / "given", tmp_path).classes == ["daisy", "rose", "tulip"]
