"""Folders and zips of images: all of it or nothing, and an error names the file."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from worker import importer
from worker.datasets import cache, load
from worker.importer import BadImages, import_images


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


def bring(path: Path, home: Path) -> None:
    import_images("pets", path, home, lambda _done, _of: None)


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
    Image.fromarray(np.full((12, 16), 257 * 9, dtype=np.uint16)).save(images / "train" / "cat" / "b.png")
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


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_truncate, r"train/dog/1\.png cannot be read"),
        (_animate, r"test/dog/0\.png is animated"),
        (_empty_class, "class 'dog' has no images in test/"),
        (_only_in_one_split, "class 'dog' has no images in test/"),
        (_empty_in_both, "class 'wolf' has no images in train/ and test/"),
        (_no_test, r"no images in test/<class>/"),
    ],
    ids=["truncated", "animated", "empty class", "class in one split", "empty in both", "no test folder"],
)
def test_spoilt_images_are_named_and_nothing_is_kept(
    spoil: Callable[[Path], None], said: str, images: Path, tmp_path: Path
) -> None:
    spoil(images)
    home = tmp_path / "home"

    with pytest.raises(BadImages, match=said):
        bring(images, home)

    assert not cache.holds(home, "pets")


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
def test_a_damaged_zip_is_said_to_be_one(damage: Callable[[bytes], bytes], images: Path, tmp_path: Path) -> None:
    archive = tmp_path / "pets.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for file in images.rglob("*.png"):
            zipped.write(file, file.relative_to(images).as_posix())
    archive.write_bytes(damage(archive.read_bytes()))

    with pytest.raises(BadImages, match=r"neither a folder nor a zip|damaged zip|cannot be read as an image"):
        bring(archive, tmp_path)


@pytest.mark.parametrize(
    ("limit", "said"), [("LARGEST_IMAGE", "scale it down first"), ("LARGEST_DECODED", "GiB decoded; at most")]
)
def test_images_that_would_fill_the_memory_are_refused(
    limit: str, said: str, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, limit, 100)

    with pytest.raises(BadImages, match=said):
        bring(images, tmp_path)


def test_a_failed_import_leaves_the_data_set_of_that_name_alone(images: Path, tmp_path: Path) -> None:
    bring(images, tmp_path)
    _truncate(images)

    with pytest.raises(BadImages):
        bring(images, tmp_path)

    assert len(load("pets", tmp_path, print).train_images) == 4


@pytest.mark.parametrize("name", ["../evil.png", "/etc/evil.png", "train/cat/..\\..\\evil.png"])
def test_a_zip_whose_paths_lead_out_of_it_is_refused(name: str, tmp_path: Path) -> None:
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(name, b"")

    with pytest.raises(BadImages, match="leads out of it"):
        bring(archive, tmp_path)


def test_a_zip_that_would_unpack_to_too_much_is_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "LARGEST_ZIP", 1000)
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("train/cat/0.png", b"0" * 100_000)

    with pytest.raises(BadImages, match="would unpack to"):
        bring(archive, tmp_path)


@pytest.mark.parametrize("key", ["", "Pets", "../pets", ".hidden", "p" * 65])
def test_a_name_that_is_no_key_is_refused(key: str, images: Path, tmp_path: Path) -> None:
    with pytest.raises(BadImages, match="cannot be a data set's name"):
        import_images(key, images, tmp_path, lambda _done, _of: None)


def test_what_is_not_there_or_no_zip_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadImages, match="is not there"):
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
