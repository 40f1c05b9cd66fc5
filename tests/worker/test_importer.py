"""Imports of folders and zips are atomic, and errors name the file."""

import os
import shutil
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from worker.datasets import cache, load
from worker.datasets.limits import Limits
from worker.importer import BadImages, Options, import_images


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with two classes of two training images and one test image each."""
    top = tmp_path / "pets"
    for split, count in (("train", 2), ("test", 1)):
        for label, shade in (("cat", 40), ("dog", 200)):
            for number in range(count):
                file = top / split / label / f"{number}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (16, 12), (shade, number, 0)).save(file)
    return top


def bring(path: Path, home: Path, **settings: Any) -> None:
    import_images("pets", path, home, lambda _done, _of: None, **settings)


def test_a_folder_becomes_a_data_set(images: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    import_images("pets", images, tmp_path, lambda done, of: seen.append((done, of)))

    data = load("pets", tmp_path, print)

    assert data.classes == ("cat", "dog")
    assert data.image_shape == (3, 12, 16)
    assert data.train_labels.tolist() == [0, 0, 1, 1]
    assert data.train_images[:, 0, 0].tolist() == [[40, 0, 0], [40, 1, 0], [200, 0, 0], [200, 1, 0]]
    assert data.test_labels.tolist() == [0, 1]
    assert seen == [(done, 6) for done in range(1, 7)]


def test_a_zip_is_the_same_with_or_without_a_folder_around_it(images: Path, tmp_path: Path) -> None:
    bring(images, tmp_path / "plain")
    for prefix in ("", "pets-1.0/"):
        archive = tmp_path / "pets.zip"
        with zipfile.ZipFile(archive, "w") as zipped:
            for file in images.rglob("*.png"):
                zipped.write(file, prefix + file.relative_to(images).as_posix())
        bring(archive, tmp_path / "zipped")
        ours, theirs = cache.load(tmp_path / "plain", "pets"), cache.load(tmp_path / "zipped", "pets")
        assert np.array_equal(ours.train_images, theirs.train_images)


def test_grey_16_bit_cmyk_and_odd_sizes_become_three_channels_of_one_size(images: Path, tmp_path: Path) -> None:
    Image.new("L", (16, 12), 7).save(images / "train" / "cat" / "a.png")
    grey = np.full((12, 16), 65535, dtype=np.uint16)
    grey[0, 0] = 257 * 9
    Image.fromarray(grey).save(images / "train" / "cat" / "b.png")
    Image.new("CMYK", (16, 12), (255, 255, 255, 0)).save(images / "train" / "cat" / "c.jpg")
    Image.new("RGB", (64, 64), (5, 5, 5)).save(images / "train" / "cat" / "d.png")

    bring(images, tmp_path)

    data = load("pets", tmp_path, print)
    assert data.train_images.shape == (8, 12, 16, 3)
    assert data.train_images[2, 0, 0].tolist() == [7, 7, 7]
    assert data.train_images[3, 0, 0].tolist() == [9, 9, 9]
    assert data.train_images[5, 0, 0].tolist() == [5, 5, 5]


def _truncate(images: Path) -> None:
    file = images / "train" / "dog" / "1.png"
    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file)
    file.write_bytes(file.read_bytes()[:300])


def _animate(images: Path) -> None:
    frames = [Image.new("RGB", (16, 12), (shade, 0, 0)) for shade in (0, 255)]
    frames[0].save(images / "test" / "dog" / "0.png", save_all=True, append_images=frames[1:])


def _empty_class(images: Path) -> None:
    (images / "test" / "dog" / "0.png").unlink()


def _only_in_one_split(images: Path) -> None:
    os.renames(images / "test" / "dog" / "0.png", images / "test" / "wolf" / "0.png")


def _empty_in_both(images: Path) -> None:
    for split in ("train", "test"):
        (images / split / "wolf").mkdir()


def _no_test(images: Path) -> None:
    os.renames(images / "test", images / "holdout")


def _one_class(images: Path) -> None:
    for split in ("train", "test"):
        shutil.rmtree(images / split / "dog")


def _too_deep(images: Path) -> None:
    os.renames(images / "train" / "dog" / "0.png", images / "train" / "dog" / "images" / "0.png")


def _without_a_class(images: Path) -> None:
    (images / "train" / "dog" / "0.png").rename(images / "train" / "0.png")


def _link_to_nothing(images: Path) -> None:
    (images / "train" / "dog" / "2.png").symlink_to(images / "nothing.png")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_truncate, r"train/dog/1\.png cannot be read"),
        (_animate, r"test/dog/0\.png is animated"),
        (_empty_class, "class 'dog' has no images in test/"),
        (_only_in_one_split, "class 'dog' has no images in test/"),
        (_empty_in_both, "class 'wolf' has no images in train/ and test/"),
        (_no_test, r"found the top-level folders holdout/, train/.*; expected train/<class>/ and test/<class>/"),
        (_one_class, "has a single class, 'cat'"),
        (_too_deep, r"train/dog/images/0\.png is not in train/<class>/"),
        (_without_a_class, r"train/0\.png is not in train/<class>/"),
        (_link_to_nothing, r"train/dog/2\.png cannot be read: a broken link"),
    ],
)
def test_spoilt_images_are_named_and_nothing_is_kept(
    spoil: Callable[[Path], None], message: str, images: Path, tmp_path: Path
) -> None:
    spoil(images)
    home = tmp_path / "home"

    with pytest.raises(BadImages, match=message):
        bring(images, home)

    assert not cache.holds(home, "pets")
    assert list(home.glob("datasets/.making-*")) == []


def test_links_to_folders_of_images_are_followed(images: Path, tmp_path: Path) -> None:
    (images / "train" / "cat").rename(tmp_path / "elsewhere")
    (images / "train" / "cat").symlink_to(tmp_path / "elsewhere")

    bring(images, tmp_path)

    assert load("pets", tmp_path, print).train_labels.tolist() == [0, 0, 1, 1]


def test_two_data_sets_in_one_folder_are_not_mixed(images: Path, tmp_path: Path) -> None:
    shutil.copytree(images, tmp_path / "both" / "first")
    shutil.copytree(images, tmp_path / "both" / "second")

    with pytest.raises(BadImages, match=r"several data sets: first, second\. Select one: --part first"):
        bring(tmp_path / "both", tmp_path)


def test_what_macos_and_notebooks_leave_among_the_images_is_passed_over(images: Path, tmp_path: Path) -> None:
    archive = tmp_path / "pets.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in images.rglob("*.png"):
            name = file.relative_to(images)
            zipped.write(file, name.as_posix())
            zipped.writestr(f"__MACOSX/{name.parent.as_posix()}/._{name.name}", b"no image")
        zipped.mkdir("train/.ipynb_checkpoints")

    bring(archive, tmp_path)

    assert load("pets", tmp_path, print).train_labels.tolist() == [0, 0, 1, 1]


def test_of_a_hostile_zip_nothing_is_imported(images: Path, tmp_path: Path) -> None:
    archive = tmp_path / "pets.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in images.rglob("*.png"):
            zipped.write(file, file.relative_to(images).as_posix())
        zipped.writestr("train/cat/../../../evil.png", b"")

    with pytest.raises(BadImages, match="a path outside the archive"):
        bring(archive, tmp_path / "home")

    assert [path for path in (tmp_path / "home/datasets").iterdir() if path.name != ".door.lock"] == []
    assert not list(tmp_path.rglob("evil.png"))


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _broken_directory(content: bytes) -> bytes:
    """The end of the archive is whole, but the list that it points to is not."""
    return content.replace(b"PK\1\2", b"PK\0\0")


def _broken_content(content: bytes) -> bytes:
    """Compressed bytes that do not decompress; the names before them stay."""
    start = content.index(b"/0.png") + len(b"/0.png")
    return content[:start] + b"\xff" * 8 + content[start + 8 :]


@pytest.mark.parametrize("damage", [_cut, _broken_directory, _broken_content])
def test_a_damaged_zip_is_reported_as_damaged(damage: Callable[[bytes], bytes], images: Path, tmp_path: Path) -> None:
    archive = tmp_path / "pets.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for file in images.rglob("*.png"):
            zipped.write(file, file.relative_to(images).as_posix())
    archive.write_bytes(damage(archive.read_bytes()))

    with pytest.raises(BadImages, match=r"neither a folder nor a zip|(corrupt|truncated) zip|cannot be unpacked"):
        bring(archive, tmp_path)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(pixels=100), r"has 16 x 12 pixels; the limit is \d+\. Scale it down first"),
        (Limits(file=50), r"\.png has \d+ bytes; the limit is 50 bytes\. Scale it down first"),
        (Limits(kept_free=2**60), r"6 images of 16 x 12 pixels need 3\.\d KiB .* or import smaller images \(--size\)"),
    ],
    ids=["pixels", "bytes", "room on the disk"],
)
def test_images_that_would_fill_memory_or_disk_are_refused(
    limits: Limits, message: str, images: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadImages, match=message):
        bring(images, tmp_path, limits=limits)


def test_memory_holds_one_image_at_a_time_however_many_there_are(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for label in ("cat", "dog"):
            (tmp_path / "pets" / split / label).mkdir(parents=True)
            for number in range(50):
                Image.new("RGB", (256, 256), (number, 0, 0)).save(tmp_path / "pets" / split / label / f"{number}.png")

    tracemalloc.start()
    bring(tmp_path / "pets", tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 5e6, "of 39 MB"


def test_all_images_get_the_size_that_most_of_them_have(images: Path, tmp_path: Path) -> None:
    Image.new("RGB", (40, 10)).save(images / "train" / "cat" / "0.png")
    bring(images, tmp_path)
    assert load("pets", tmp_path, print).image_shape == (3, 12, 16)


def test_images_of_all_sizes_become_64_by_64_unless_a_size_is_given(images: Path, tmp_path: Path) -> None:
    for place, file in enumerate(sorted(images.rglob("*.png"))):
        Image.new("RGB", (20 + place, 40 - place)).save(file)

    bring(images, tmp_path)
    assert load("pets", tmp_path, print).image_shape == (3, 64, 64)
    bring(images, tmp_path, options=Options(size=(24, 32)))
    assert load("pets", tmp_path, print).image_shape == (3, 24, 32)


@pytest.mark.parametrize("size", [(0, 32), (32, 1025)])
def test_a_size_beyond_all_use_is_refused(size: tuple[int, int], images: Path, tmp_path: Path) -> None:
    with pytest.raises(BadImages, match=r"each side must be 1 to 1024 pixels"):
        bring(images, tmp_path, options=Options(size=size))


def test_what_has_another_shape_is_cut_around_its_centre_not_distorted(images: Path, tmp_path: Path) -> None:
    wide = Image.new("RGB", (64, 12), "red")
    wide.paste("blue", (24, 0, 40, 12))  # the middle 16 columns
    wide.save(images / "train" / "cat" / "0.png")

    bring(images, tmp_path)

    assert np.unique(load("pets", tmp_path, print).train_images[0].reshape(-1, 3), axis=0).tolist() == [[0, 0, 255]]


def test_images_of_28_by_28_get_a_border_to_32_by_32(images: Path, tmp_path: Path) -> None:
    for file in images.rglob("*.png"):
        Image.new("L", (28, 28), 9).save(file)

    bring(images, tmp_path)

    data = load("pets", tmp_path, print)
    assert data.image_shape == (3, 32, 32)
    assert np.array_equal(data.train_images[0, 2:-2, 2:-2], np.full((28, 28, 3), 9))
    assert int(data.train_images[0].sum()) == 28 * 28 * 3 * 9


def test_an_import_sweeps_what_a_killed_one_left(images: Path, tmp_path: Path) -> None:
    (tmp_path / "datasets" / ".making-killed").mkdir(parents=True)

    bring(images, tmp_path)

    assert {path.name for path in (tmp_path / "datasets").iterdir()} == {"pets", ".door.lock"}


def test_a_failed_import_leaves_the_data_set_of_that_name_alone(images: Path, tmp_path: Path) -> None:
    bring(images, tmp_path)
    _truncate(images)

    with pytest.raises(BadImages):
        bring(images, tmp_path)

    assert len(load("pets", tmp_path, print).train_images) == 4


@pytest.mark.parametrize("key", ["", "Pets", "../pets", ".hidden", "p" * 65])
def test_a_name_that_is_no_key_is_refused(key: str, images: Path, tmp_path: Path) -> None:
    with pytest.raises(BadImages, match="is not a valid data set key"):
        import_images(key, images, tmp_path, lambda _done, _of: None)


def test_a_missing_file_or_one_that_is_no_zip_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BadImages, match="does not exist"):
        bring(tmp_path / "none", tmp_path)
    (tmp_path / "text").write_text("no zip")
    with pytest.raises(BadImages, match="neither a folder nor a zip"):
        bring(tmp_path / "text", tmp_path)


@pytest.mark.cifar10
@pytest.mark.skipif("SKIPLAB_TEST_CIFAR10" not in os.environ, reason="SKIPLAB_TEST_CIFAR10 does not name the zip")
def test_the_real_cifar10_is_imported_whole(tmp_path: Path) -> None:
    import_images("cifar10", Path(os.environ["SKIPLAB_TEST_CIFAR10"]), tmp_path, lambda _done, _of: None)

    data = load("cifar10", tmp_path, print)

    assert np.bincount(data.train_labels).tolist() == [5000] * 10
    assert np.bincount(data.test_labels).tolist() == [1000] * 10
    assert data.classes[:2] == ("airplane", "automobile")
