"""Nothing is dropped silently: unreadable, duplicate, dark and other files are counted and reported."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from skiplab.contract.imports import Pair, Pixels
from tests.worker.imports import people
from worker.datasets import cache
from worker.importer import BadImages, Options, import_images, inspect


@pytest.fixture
def pets(tmp_path: Path) -> people.Folder:
    folder = people.Folder(tmp_path / "pets")
    for split in ("train", "test"):
        for label in ("cat", "dog"):
            folder.images(f"{split}/{label}", 3)
    return folder


def test_unreadable_images_are_counted_named_and_left_out_only_when_that_is_asked_for(
    pets: people.Folder, tmp_path: Path
) -> None:
    for number in range(12):
        (pets.top / f"train/cat/bad{number}.jpg").write_bytes(b"no image")

    found = inspect(pets.top, Options(), scratch=tmp_path)
    assert found.unreadable is not None
    assert (found.unreadable.count, len(found.unreadable.first)) == (12, 10)
    assert found.unreadable.first[0] == "train/cat/bad0.jpg cannot be read as an image: unknown format."
    with pytest.raises(BadImages, match=r"12 of 24 images cannot be read: train/cat/bad0\.jpg.*and 2 more.*--skip-bad"):
        import_images("pets", pets.top, tmp_path, lambda _done, _of: None)
    import_images("pets", pets.top, tmp_path, lambda _done, _of: None, options=Options(skip_bad=True))
    assert cache.load(tmp_path, "pets").train_labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_a_class_of_which_nothing_can_be_read_is_not_imported(pets: people.Folder, tmp_path: Path) -> None:
    for file in (pets.top / "train/cat").iterdir():
        file.write_bytes(b"no image")

    with pytest.raises(BadImages, match="class 'cat' has no readable images in train"):
        import_images("pets", pets.top, tmp_path, lambda _done, _of: None, options=Options(skip_bad=True))


@pytest.mark.parametrize("suffix", [".avif", ".jfif", ".ppm", ".webp", ".TIF", "", ".dat"])
def test_images_of_every_kind_and_name_are_taken(suffix: str, pets: people.Folder, tmp_path: Path) -> None:
    kinds = {
        ".avif": "AVIF",
        ".jfif": "JPEG",
        ".ppm": "PPM",
        ".webp": "WEBP",
        ".TIF": "TIFF",
        "": "PNG",
        ".dat": "JPEG",
    }
    people.picture(100).save(pets.top / f"train/cat/x{suffix}", kinds[suffix])

    import_images("pets", pets.top, tmp_path, lambda _done, _of: None)

    assert len(cache.load(tmp_path, "pets").train_images) == 7


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.heic", b"\0\0\0\x18ftypheic", "HEIC, a phone camera format, which is not supported: convert it to JPEG"),
        ("x.jpg", b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC, a phone camera format"),
        ("x.nef", b"II*\0", "a camera's raw format"),
        ("x.jpg", b"", r"cannot be read as an image"),
    ],
)
def test_images_that_are_not_read_here_are_no_less_counted(
    name: str, content: bytes, message: str, pets: people.Folder, tmp_path: Path
) -> None:
    (pets.top / "train/cat" / name).write_bytes(content)

    with pytest.raises(BadImages, match=f"1 of 13 images cannot be read: train/cat/{name}.*{message}"):
        import_images("pets", pets.top, tmp_path, lambda _done, _of: None)


def test_12_bit_images_in_16_bit_files_are_scaled_and_reported(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for label, value in (("dark", 1000), ("light", 4000)):
            (tmp_path / "pets" / split / label).mkdir(parents=True)
            grey = np.full((8, 8), value, dtype=np.uint16)
            grey[0, 0] = len(split)
            Image.fromarray(grey).save(tmp_path / "pets" / split / label / "1.png")

    import_images("pets", tmp_path / "pets", tmp_path, lambda _done, _of: None)

    assert cache.load(tmp_path, "pets").train_images[:, 4, 4, 0].tolist() == [1000 >> 4, 4000 >> 4]
    (note,) = inspect(tmp_path / "pets", Options(), scratch=tmp_path).notes
    assert note.startswith("Images with more than 8 bits have values up to 4,000: they are read as 12-bit")


def test_the_same_pixels_in_two_splits_or_classes_are_counted(pets: people.Folder, tmp_path: Path) -> None:
    with Image.open(pets.top / "train/cat/0.png") as image:
        image.save(pets.top / "test/cat/again.bmp")
        image.save(pets.top / "train/dog/other.png")

    twins = {(each.one, each.other): each for each in inspect(pets.top, Options(), scratch=tmp_path).duplicates}

    assert (twins["train", "test"].count, twins["train", "test"].first) == (
        1,
        [Pair(one="train/cat/0.png", other="test/cat/again.bmp")],
    )
    assert twins["classes", "classes"].count == 1


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([(28, 28)] * 4, (28, 28)),
        ([(96, 96)] * 3 + [(50, 40)], (96, 96)),
        ([(150, 150)] * 4, (150, 150)),
        ([(4032, 3024)] * 3 + [(3024, 4032)], (224, 224)),
        ([(640, 480), (500, 333), (375, 500), (900, 700)], (224, 224)),
        ([(60, 40), (33, 70), (50, 50), (81, 64)], (64, 64)),
    ],
)
def test_the_size_is_kept_where_it_is_small_and_common_else_sensible(
    sizes: list[tuple[int, int]], chosen: tuple[int, int], tmp_path: Path
) -> None:
    for number, size in enumerate(sizes):
        folder = tmp_path / "pets" / ("train", "test")[number // 2] / ("cat", "dog")[number % 2]
        folder.mkdir(parents=True)
        Image.new("L", size, number).save(folder / "1.jpg")

    found = inspect(tmp_path / "pets", Options(), scratch=tmp_path)
    given = inspect(tmp_path / "pets", Options(size=(30, 40)), scratch=tmp_path)

    assert found.size is not None
    assert (found.size.chosen.width, found.size.chosen.height) == chosen
    assert given.size is not None
    assert (given.size.chosen, given.size.why) == (Pixels(width=40, height=30), "as requested")


def test_folders_may_be_deep_and_links_may_lead_back_to_them(pets: people.Folder, tmp_path: Path) -> None:
    deep = "/".join("abcdefghijklmnop")
    (tmp_path / deep).mkdir(parents=True)
    pets.top.rename(tmp_path / deep / "pets")
    (tmp_path / deep / "pets/train/again").symlink_to(tmp_path / "a/b")

    report = inspect(tmp_path / "a", Options(), scratch=tmp_path)

    assert report.classes == ["cat", "dog"]
    assert [(each.why, each.first) for each in report.left_out] == [
        ("symbolic links to a parent folder", [f"{deep.removeprefix('a/')}/pets/train/again"])
    ]
