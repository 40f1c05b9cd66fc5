"""Results of `load`: converted if unambiguous, else refused with what was found and the remedy."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import ConcatDataset, DataLoader, Dataset, IterableDataset, Subset

from tests.worker.plugins.loaded import BYTES, NUMBERS, RED, Mine, read, refusal
from worker.plugins.error_report import error_report


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Any:
        return iter(zip(BYTES, NUMBERS.tolist(), strict=True))


def to_tensor(image: Any) -> torch.Tensor:
    """As torchvision does it."""
    return torch.from_numpy(image).permute(2, 0, 1).float() / 255


@pytest.mark.parametrize(
    "images",
    [
        BYTES,
        torch.from_numpy(BYTES),
        np.moveaxis(BYTES, 3, 1),
        torch.from_numpy(BYTES).permute(0, 3, 1, 2),
        BYTES / 255,
        (BYTES / 255).astype(np.float16),
        BYTES.astype(np.float32),
        BYTES.astype(np.int64),
        torch.from_numpy(BYTES).permute(0, 3, 1, 2).float() / 255,
        np.concatenate([BYTES, np.full((10, 8, 8, 1), 255, np.uint8)], axis=3),
        [Image.fromarray(image) for image in BYTES],
        list(BYTES),
        [to_tensor(image) for image in BYTES],
        (Image.fromarray(image) for image in BYTES),
    ],
    ids=lambda images: f"{type(images).__name__} {getattr(images, 'dtype', '')} {tuple(getattr(images, 'shape', ()))}",
)
def test_images_become_bytes_in_the_labs_order(images: Any, tmp_path: Path) -> None:
    data = read((images, NUMBERS, BYTES, NUMBERS), tmp_path).data

    assert data.train_images.dtype == np.uint8
    # Half floats have ten bits, and so fewer than bytes have between 128 and 256 shares of 1.
    assert np.abs(data.train_images.astype(int) - BYTES).max() <= (
        1 if getattr(images, "dtype", 0) == np.float16 else 0
    )
    assert data.train_images.shape == (10, 8, 8, 3)
    assert list(tmp_path.glob("datasets/.plugin*")) == []  # what it was converted into has no name


@pytest.mark.parametrize("shape", [(10, 8, 8), (10, 8, 8, 1), (10, 1, 8, 8)])
@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.bool_])
def test_grey_gets_three_channels(shape: tuple[int, ...], kind: type[np.generic], tmp_path: Path) -> None:
    grey = (np.arange(640) % 2).reshape(shape).astype(kind)

    data = read((grey, NUMBERS, grey, NUMBERS), tmp_path).data

    assert data.train_images.shape == (10, 8, 8, 3)
    white = 1 if kind is np.uint8 else 255
    assert np.array_equal(data.train_images[..., 2].ravel(), (np.arange(640) % 2) * white)


def test_transparent_images_are_laid_on_white(tmp_path: Path) -> None:
    clear = np.concatenate([BYTES, np.zeros((10, 8, 8, 1), np.uint8)], axis=3)

    assert read((clear, NUMBERS, BYTES, NUMBERS), tmp_path).data.train_images.min() == 255


@pytest.mark.parametrize(
    "split",
    [
        Mine(),
        Mine(to_tensor),
        Mine(Image.fromarray),
        Mine(labels=["a", "b"] * 5),
        Mine(labels=[torch.tensor(label) for label in NUMBERS]),
        Subset(Mine(), range(10)),
        ConcatDataset([Subset(Mine(), range(4)), Subset(Mine(), range(4, 10))]),
        Stream(),
        DataLoader(Mine(), batch_size=3, shuffle=True),
        (BYTES, NUMBERS),
        {"images": BYTES, "labels": NUMBERS},
        list(zip(BYTES, NUMBERS.tolist(), strict=True)),
        [{"image": image, "label": label} for image, label in zip(BYTES, NUMBERS.tolist(), strict=True)],
        zip(BYTES, NUMBERS.tolist(), strict=True),
    ],
    ids=lambda split: type(split).__name__,
)
def test_a_training_and_a_test_set_may_be_given_whole(split: Any, tmp_path: Path) -> None:
    data = read((split, Mine(labels=getattr(split, "labels", NUMBERS.tolist()))), tmp_path).data

    assert np.array_equal(data.train_images, BYTES)
    assert data.train_labels.tolist() == data.test_labels.tolist() == NUMBERS.tolist()


def test_a_data_set_names_its_classes_itself_also_inside_another(tmp_path: Path) -> None:
    named = Mine()
    named.classes = ["cat", "dog"]  # type: ignore[attr-defined]

    assert read((Subset(named, range(10)), named), tmp_path, classes=None).data.classes == ("cat", "dog")


def test_files_are_read_by_their_paths_and_features_name_the_classes(tmp_path: Path) -> None:
    paths = [tmp_path / f"{place}.png" for place in range(10)]
    for path, image in zip(paths, BYTES, strict=True):
        Image.fromarray(image).save(path)

    class Features(Mine):
        """As data sets of Hugging Face are."""

        features = {"image": None, "label": SimpleNamespace(names=["cat", "dog"])}  # noqa: RUF012

        def __getitem__(self, place: int) -> Any:
            return {"image": paths[place], "label": place % 2}

    data = read({"train": Features(), "test": (list(map(str, paths)), NUMBERS)}, tmp_path, classes=None).data

    assert data.classes == ("cat", "dog")
    assert np.array_equal(data.train_images, BYTES)
    assert np.array_equal(data.test_images, BYTES)


@pytest.mark.parametrize(
    "keys", [("train_images", "train_labels", "test_images", "test_labels"), ("x_train", "y_train", "x_test", "y_test")]
)
def test_a_mapping_may_have_all_four(keys: tuple[str, ...], tmp_path: Path) -> None:
    given = dict(zip(keys, (BYTES, NUMBERS, BYTES, NUMBERS), strict=True))

    assert np.array_equal(read(given, tmp_path).data.test_images, BYTES)


WITH_VALIDATION = {
    "six arrays": (BYTES, NUMBERS, BYTES[:4], NUMBERS[:4], BYTES[:6], NUMBERS[:6]),
    "three data sets": (Mine(), Subset(Mine(), range(4)), Subset(Mine(), range(6))),
    "three pairs": ((BYTES, NUMBERS), (BYTES[:4], NUMBERS[:4]), (BYTES[:6], NUMBERS[:6])),
    "named data sets": {"test": Subset(Mine(), range(6)), "validation": Subset(Mine(), range(4)), "train": Mine()},
    "named arrays": {
        "x_train": BYTES,
        "y_train": NUMBERS,
        "x_val": BYTES[:4],
        "y_val": NUMBERS[:4],
        "x_test": BYTES[:6],
        "y_test": NUMBERS[:6],
    },
}


@pytest.mark.parametrize("given", WITH_VALIDATION.values(), ids=WITH_VALIDATION)
def test_a_validation_set_is_the_data_sets_own(given: Any, tmp_path: Path) -> None:
    data = read(given, tmp_path).data

    assert data.val_images is not None
    assert data.val_labels is not None
    assert [len(data.train_images), len(data.val_images), len(data.test_images)] == [10, 4, 6]
    assert np.array_equal(data.val_images, BYTES[:4])
    assert data.val_labels.tolist() == NUMBERS[:4].tolist()
    assert data.test_labels.tolist() == NUMBERS[:6].tolist()


def test_notes_name_what_is_used_as_the_test_set_and_what_is_ignored(tmp_path: Path) -> None:
    found = read({"train": Mine(), "validation": Mine(), "extra": Mine()}, tmp_path)

    assert np.array_equal(found.data.test_images, BYTES)
    assert found.data.val_images is None
    assert found.notes[:2] == (
        "validation is used as the test set, since there is no other",
        "extra in the result of load() is ignored",
    )


def test_images_of_many_sizes_are_brought_to_the_one_that_is_declared(tmp_path: Path) -> None:
    mixed = [Image.fromarray(np.resize(RED, (8 + place, 12, 3))) for place in range(10)]

    assert "the first is 8 x 12, image 1 is 9 x 12" in refusal((mixed, NUMBERS, mixed, NUMBERS), tmp_path)
    data = read((mixed, NUMBERS, mixed, NUMBERS), tmp_path, size=(6, 6)).data
    assert data.train_images.shape == (10, 6, 6, 3)
    assert read((BYTES, NUMBERS, BYTES, NUMBERS), tmp_path, size=(4, 4)).data.image_shape == (3, 4, 4)


def test_the_first_images_of_a_set_may_be_dark(tmp_path: Path) -> None:
    floats = [BYTES[place].astype(np.float32) * (place > 3) for place in range(10)]

    data = read((floats, NUMBERS, BYTES, NUMBERS), tmp_path).data

    assert data.train_images[:, 0, 0, 0].tolist() == [0, 0, 0, 0, *range(204, 210)]


def test_conversions_are_noted(tmp_path: Path) -> None:
    notes = read(
        (torch.from_numpy(BYTES).permute(0, 3, 1, 2), NUMBERS + 1, Mine(), NUMBERS + 1)[:2] * 2, tmp_path
    ).notes

    assert notes == (
        "images of uint8, 10 x 3 x 8 x 8, are converted to uint8, N x height x width x 3",
        "labels from 1 to 2 are read as indices from 0 to 1",
    )
    assert read((BYTES, NUMBERS, BYTES, NUMBERS), tmp_path).notes == ()


def test_an_item_that_cannot_be_read_is_named_by_its_place(tmp_path: Path) -> None:
    def torn(image: Any) -> Any:
        if image[0, 0, 0] == 203:
            raise OSError("truncated file")
        return image

    with pytest.raises(OSError, match="truncated file") as failed:
        read((Mine(torn), Mine()), tmp_path)
    assert "mine.py: OSError: truncated file, at training image 3 (test_conversion.py, line" in error_report(
        "mine.py", failed.value
    )


def never_ending() -> Any:
    while True:
        yield BYTES


def no_image(_image: Any) -> None:
    """What a data set gives that could not read a file."""


class NoLength(Dataset[Any]):
    def __getitem__(self, place: int) -> Any:
        return BYTES[0], 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (None, "load() returned None:"),
        ("images.npy", "load() returned one str"),
        (Mine(), "load() returned one Mine"),
        ((BYTES, NUMBERS), "one set of images and labels"),
        ((BYTES, NUMBERS, Mine()), "load() returned 3 arrays; return train_images"),
        ((BYTES, NUMBERS, BYTES, NUMBERS, BYTES), "load() returned 5 arrays"),
        (never_ending(), "load() returned 7 arrays"),
        ((Mine(), (BYTES[:0], NUMBERS[:0]), Mine()), "the validation set is empty: omit it"),
        ((Mine(), (BYTES[:, :4], NUMBERS), Mine()), "training and validation images are 8 x 8 and 4 x 8"),
        ((Mine(), (BYTES, NUMBERS + 3), Mine()), "labels range from 0 to 4"),
        ((None, Mine()), "None for the training set"),
        ((NoLength(), Mine()), "without a length"),
        ((Mine(no_image), Mine()), "training image 0: an image is a NoneType"),
        ((BYTES, BYTES), "one array, without labels"),
        (((BYTES, NUMBERS), (BYTES[:0], NUMBERS[:0])), "the test set is empty"),
        ((BYTES[:0], NUMBERS[:0], BYTES, NUMBERS), "the training set is empty"),
        ((BYTES, NUMBERS[1:], BYTES, NUMBERS), "10 training images but 9 training labels"),
        ((BYTES / 100 - 1, NUMBERS, BYTES, NUMBERS), "remove Normalize"),
        ((BYTES.astype(np.uint16) * 257, NUMBERS, BYTES, NUMBERS), "from 2570 to 53713; scale them to 0 to 255"),
        ((BYTES + np.nan, NUMBERS, BYTES, NUMBERS), "NaN or infinite"),
        ((BYTES.reshape(10, -1), NUMBERS, BYTES, NUMBERS), "images are uint8 (10, 192); return uint8"),
        ((BYTES.astype(str), NUMBERS, BYTES, NUMBERS), "return numbers, preferably uint8"),
        ((np.zeros((10, 8, 8, 5), np.uint8), NUMBERS, BYTES, NUMBERS), "images are uint8 (10, 8, 8, 5)"),
        ((torch.zeros(10, 8, 8).to_sparse(), NUMBERS, BYTES, NUMBERS), "sparse tensor"),
        ((BYTES, NUMBERS / 2, BYTES, NUMBERS), "return one integer per image"),
        ((BYTES, NUMBERS - 1, BYTES, NUMBERS), "labels range from -1 to 1"),
        ((BYTES, np.ones((10, 2)) / 2, BYTES, np.ones((10, 2)) / 2), "not one-hot"),
        ((BYTES, ["a", "c"] * 5, BYTES, ["a", "b"] * 5), "labels 'c' are not among the classes: a, b"),
        ((BYTES, ["a", 1] * 5, BYTES, NUMBERS), "mix strings and numbers"),
        ((BYTES, ["a", None] * 5, BYTES, NUMBERS), "mix strings and numbers"),
        ((BYTES, ["a", "b"] * 5, BYTES, NUMBERS), "use one form for all"),
        ((BYTES, NUMBERS, BYTES[:, :4], NUMBERS), "training and test images are 8 x 8 and 4 x 8"),
        (({"images": BYTES}, Mine()), "the training set is a mapping with images"),
        ({"train": Mine()}, "a mapping with train; it needs 'train' and 'test'"),
        ((BYTES, None, BYTES, None), "training labels are a NoneType"),
        ((BYTES, NUMBERS * 0, BYTES, NUMBERS * 0 + 1), "no class in common"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_plain_meaning_is_refused_with_the_remedy(given: Any, reason: str, tmp_path: Path) -> None:
    assert reason in refusal(given, tmp_path)
