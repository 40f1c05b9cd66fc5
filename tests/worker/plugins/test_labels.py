"""Labels and classes in any common form become indices into the list of classes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from skiplab.plugins import BadPlugin, class_names
from tests.worker.plugins.loaded import BYTES, NUMBERS, read
from worker.plugins.labels import encode_labels


@pytest.mark.parametrize(
    "labels",
    [
        NUMBERS.tolist(),
        NUMBERS.astype(float),
        NUMBERS.astype(bool),
        NUMBERS.astype(np.uint8),
        torch.from_numpy(NUMBERS),
        [torch.tensor(label) for label in NUMBERS.tolist()],
        NUMBERS[:, None],
        NUMBERS + 1,
        np.eye(2, dtype=int)[NUMBERS],
        np.eye(2)[NUMBERS],
        np.array(["a", "b"])[NUMBERS],
        np.array([b"a", b"b"])[NUMBERS],
        np.array(["a", "b"], dtype=object)[NUMBERS],
        ["a", "b"] * 5,
    ],
    ids=repr,
)
def test_labels_become_indices_of_the_classes(labels: Any, tmp_path: Path) -> None:
    data = read((BYTES, labels, BYTES, labels), tmp_path).data

    assert data.train_labels.tolist() == data.test_labels.tolist() == NUMBERS.tolist()
    assert data.train_labels.dtype == np.int64


@pytest.mark.parametrize(
    "kinds", [(np.int64, np.uint8), (float, np.uint8), (np.uint8, np.int32), (bool, int)], ids=repr
)
def test_training_and_test_labels_may_be_numbers_of_two_kinds(kinds: tuple[Any, Any], tmp_path: Path) -> None:
    train, test = (NUMBERS.astype(kind) for kind in kinds)

    data = read((BYTES, train, BYTES, test), tmp_path).data

    assert data.train_labels.tolist() == data.test_labels.tolist() == NUMBERS.tolist()


@pytest.mark.parametrize(
    ("labels", "indices"),
    [
        ([1, 2, 3, 1], [0, 1, 2, 0]),
        ([1, 2, 2, 1], [0, 1, 1, 0]),
        ([3, 2, 2, 3], [2, 1, 1, 2]),
        ([0, 1, 2, 0], [0, 1, 2, 0]),
        (np.eye(3)[[1, 2, 2, 1]], [1, 2, 2, 1]),
    ],
    ids=repr,
)
def test_class_names_that_are_numbers_mean_the_same_whichever_labels_occur(labels: Any, indices: list[int]) -> None:
    assert encode_labels({"training": labels}, ["1", "2", "3"]).labels["training"].tolist() == indices


@pytest.mark.parametrize(
    ("classes", "names"),
    [
        (range(2), ("0", "1")),
        ([3, 7], ("3", "7")),
        (np.array(["x", "y"]), ("x", "y")),
        (np.arange(2), ("0", "1")),
        (2, ("0", "1")),
        ({0: "x", 1: "y"}, ("x", "y")),
        ({"y": 1, "x": 0}, ("x", "y")),
        (("x" for _ in range(1)), None),
        (["x", "x"], None),
        ("xy", None),
        ({"x", "y"}, None),
        (iter(int, 1), None),
    ],
    ids=repr,
)
def test_classes_are_named_in_many_ways(classes: Any, names: tuple[str, ...] | None) -> None:
    if names is None:
        with pytest.raises(BadPlugin, match="classes"):
            class_names(classes)
    else:
        assert class_names(classes) == names


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["dog", "cat"] * 5, ("cat", "dog")),
        (NUMBERS, ("0", "1")),
        (NUMBERS * 4 + 3, ("3", "7")),
    ],
)
def test_classes_that_are_not_declared_are_those_of_the_data(
    labels: Any, names: tuple[str, ...], tmp_path: Path
) -> None:
    assert read((BYTES, labels, BYTES, labels), tmp_path, classes=None).data.classes == names
