"""Files that hold many images: none is lost or mixed up, and damage is reported."""

import io
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from skiplab.contract.imports import Found
from tests.worker.imports import people
from tests.worker.imports.people import LABELS, pixels
from worker.importer import BadImages, Options, inspect


def found(path: Path, **options: object) -> Found:
    return inspect(path, Options(**options), scratch=path.parent)


def left_out(path: Path) -> dict[str, list[str]]:
    return {group.why: group.first for group in found(path).left_out}


def saved(path: Path, **arrays: object) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


@pytest.fixture
def two_sets(tmp_path: Path) -> Path:
    """As torchvision's `data/` has them."""
    people.mnist(tmp_path / "data")
    shutil.copytree(tmp_path / "data/MNIST", tmp_path / "data/FashionMNIST")
    return tmp_path / "data"


def test_of_two_sets_in_mnists_format_one_has_to_be_chosen(two_sets: Path) -> None:
    with pytest.raises(
        BadImages, match=r"several data sets: FashionMNIST/raw, MNIST/raw\. Select one: --part FashionMNIST/raw"
    ):
        found(two_sets)

    assert [each.images for each in found(two_sets, part="MNIST").splits] == [8, 8]
    with pytest.raises(BadImages, match="contains no KMNIST"):
        found(two_sets, part="KMNIST")


def test_parts_of_one_folder_are_chosen_by_their_names(tmp_path: Path) -> None:
    people.mnist(tmp_path / "data")
    for file in sorted((tmp_path / "data/MNIST/raw").iterdir()):
        shutil.copy(file, file.with_name(f"emnist-letters-{file.name}"))
        file.rename(file.with_name(f"emnist-digits-{file.name}"))

    with pytest.raises(BadImages, match=r"several data sets: MNIST/raw/emnist-digits, MNIST/raw/emnist-letters"):
        found(tmp_path / "data")
    assert found(tmp_path / "data", part="MNIST/raw/emnist-letters").classes == ["0", "1"]


def test_both_of_cifar_are_two_data_sets(tmp_path: Path) -> None:
    people.cifar10(tmp_path / "data")
    people.cifar100(tmp_path / "data")

    with tarfile.open(next((tmp_path / "data").glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path / "data", filter="data")
    if (other := next((tmp_path / "data").glob("cifar-100*.tar.gz"), None)) is not None:
        with tarfile.open(other) as archive:
            archive.extractall(tmp_path / "data", filter="data")
    with pytest.raises(BadImages, match=r"several data sets: cifar-10.*, cifar-100"):
        found(tmp_path / "data")


def test_parquet_files_with_other_classes_are_another_data_set(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    people.hugging_face(tmp_path / "data")
    file = next((tmp_path / "data").rglob("test-*.parquet"))
    table = parquet.read_table(file)
    metadata = {key: value.replace(b"healthy", b"spotted") for key, value in table.schema.metadata.items()}
    parquet.write_table(pa.table(table.columns, table.column_names).replace_schema_metadata(metadata), file)

    with pytest.raises(BadImages, match=r"several data sets: .*test-00000-of-00001\.parquet"):
        found(tmp_path / "data")


def test_other_files_beside_mnists_are_omitted_and_reported(tmp_path: Path) -> None:
    top = people.mnist(tmp_path / "data")
    (top / "notes.md").write_text("mine")
    people.Folder(top).image("sample.png")

    assert left_out(top) == {
        "compressed copies of imported files": [
            f"raw/{split}-{kind}-ubyte.gz" for split in ("t10k", "train") for kind in ("images-idx3", "labels-idx1")
        ],
        "other files (.md) beside MNIST's idx files": ["notes.md"],
        "image files beside MNIST's idx files": ["sample.png"],
    }


def test_other_files_beside_parquet_are_omitted_and_reported(tmp_path: Path) -> None:
    top = people.hugging_face(tmp_path / "data")
    (top / "README.md").write_text("beans")

    assert left_out(top) == {"other files (.md) beside Parquet with an image column": ["README.md"]}


def test_unused_arrays_are_reported(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.npz",
        x_train=pixels(1, 8, 8),
        y_train=LABELS,
        x_test=pixels(2, 8, 8)[:5],
        weights=np.zeros(3),
        names=np.array(["a", None], dtype=object),
    )

    report = {group.why: group.first for group in found(path).left_out}

    assert report == {
        "arrays: images without labels": ["x_test (5)"],
        "arrays that are neither images nor labels": ["weights"],
        "arrays of Python objects, which are not supported": ["names"],
    }


def test_objects_in_the_place_of_labels_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", images=pixels(1, 8, 8), labels=np.array([*"abababab"], dtype=object))

    with pytest.raises(BadImages, match="contains Python objects, which could run code"):
        found(path)


def test_soft_labels_are_no_classes(tmp_path: Path) -> None:
    shares = np.stack([LABELS * 0.35, 1 - LABELS * 0.35], axis=1)

    with pytest.raises(BadImages, match="labels must be one class for each image"):
        found(saved(tmp_path / "a.npz", images=pixels(1, 8, 8), labels=shares))


def test_labels_without_columns_are_no_classes(tmp_path: Path) -> None:
    with pytest.raises(BadImages, match="labels must be one class for each image"):
        found(saved(tmp_path / "a.npz", images=pixels(1, 8, 8)[:0], labels=np.zeros((0, 9), bool)))


@pytest.mark.parametrize("kind", [np.int32, np.float32, np.uint8])
def test_images_without_pixels_have_a_sentence(kind: type, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", images=np.zeros((8, 0, 8), kind), labels=LABELS)

    with pytest.raises(BadImages, match=r"images has shape 8 x 0 x 8: its images have no pixels"):
        found(path)


def test_an_array_with_a_negative_side_is_damaged(tmp_path: Path) -> None:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (-8, 8, 8)})
    (tmp_path / "images.npy").write_bytes(file.getvalue())

    with pytest.raises(BadImages, match=r"images\.npy is corrupt: its shape is \(-8, 8, 8\)"):
        found(tmp_path / "images.npy")


@pytest.mark.parametrize("where", [40, -40], ids=["a page", "the footer"])
def test_a_damaged_parquet_file_has_a_sentence(where: int, tmp_path: Path) -> None:
    top = people.hugging_face(tmp_path / "data")
    file = next(top.rglob("test-*.parquet"))
    content = bytearray(file.read_bytes())
    content[where : where + 24] = b"\xff" * 24
    file.write_bytes(content)

    try:
        report = found(top)
    except BadImages as error:
        assert "cannot be read as Parquet" in str(error)  # noqa: PT017  # a damaged page is found later
    else:
        assert report.refused is not None


def test_words_where_the_numbers_of_classes_should_be_are_classes_if_they_are_names_of_some(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    top = people.hugging_face(tmp_path / "data")
    file = next(top.rglob("train-00001*.parquet"))
    table = parquet.read_table(file)
    words = pa.table({"image": table["image"], "labels": pa.array(["rust", "rot"] * (len(table) // 2))})
    parquet.write_table(words.replace_schema_metadata(table.schema.metadata), file)

    report = found(top)

    assert {group.why: group.count for group in report.left_out} == {"rows without a label": 4}
    assert report.splits[0].counts == [8, 4]


def test_a_large_group_of_rows_is_not_held_in_memory(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    file = io.BytesIO()
    people.picture(0).save(file, "PNG")
    contents = [{"bytes": file.getvalue() + np.random.default_rng(n).bytes(5_000), "path": None} for n in range(4000)]
    table = pa.table({"image": contents, "label": [number % 2 for number in range(len(contents))]})
    parquet.write_table(table, tmp_path / "train.parquet", compression="none", row_group_size=len(table))
    del table, contents
    before = pa.total_allocated_bytes()
    held: list[int] = []

    inspect(
        tmp_path / "train.parquet",
        Options(),
        scratch=tmp_path,
        progress=lambda _done, _of: held.append(pa.total_allocated_bytes() - before),
    )

    assert max(held) < 10_000_000, "of 23 MB"


def test_a_tar_that_ends_with_a_zip_is_a_tar(tmp_path: Path) -> None:
    folder = people.Folder(tmp_path / "given")
    for label in ("cat", "dog"):
        folder.images(label, 5)
    saved(folder.top / "z_features.npz", features=np.zeros(3))

    assert found(people.packed(folder.top, tmp_path / "pets.tar")).classes == ["cat", "dog"]
