"""The generated shapes: reproducible, with balanced classes that differ only in shape."""

import numpy as np
import pytest

from worker.datasets.images import Split
from worker.datasets.shapes import BLOCK, FORMS, draw, drawn


def images(split: Split, count: int) -> np.ndarray:
    return np.concatenate(list(drawn(split, count)[1]))


def test_they_are_the_same_every_time_and_the_splits_share_none() -> None:
    train, test = images("train", BLOCK + 100), images("test", 100)

    assert train.shape == (BLOCK + 100, 32, 32, 3)
    assert train.dtype == np.uint8
    assert np.array_equal(train, images("train", BLOCK + 100))
    seen = {image.tobytes() for image in [*train, *test]}
    assert len(seen) == BLOCK + 200


def test_every_class_comes_as_often() -> None:
    labels, _ = drawn("train", 10_000)

    assert np.bincount(labels).tolist() == [1000] * 10
    assert len(FORMS) == 10


def test_colour_says_nothing_of_the_class() -> None:
    """Nearest mean colour, of the whole image: about one in ten is right, as by chance."""
    labels, blocks = drawn("train", 4000)
    colours = np.concatenate([block.mean(axis=(1, 2)) for block in blocks])
    means = np.array([colours[:2000][labels[:2000] == label].mean(axis=0) for label in range(10)])

    nearest = np.linalg.norm(colours[2000:, None] - means, axis=2).argmin(axis=1)

    assert np.mean(nearest == labels[2000:]) < 0.15


@pytest.mark.parametrize("name", FORMS)
def test_a_shape_fills_a_fair_part_of_its_square_and_nothing_outside(name: str) -> None:
    x, y = np.meshgrid(np.linspace(-1.5, 1.5, 151, dtype=np.float32), np.linspace(-1.5, 1.5, 151, dtype=np.float32))
    inside = FORMS[name](x, y) > 0

    assert 0.15 < inside[np.hypot(x, y) <= 1].mean() <= 1
    assert not inside[np.hypot(x, y) > 1.42].any()


def test_no_two_shapes_are_alike_however_they_are_turned_or_mirrored() -> None:
    x, y = np.meshgrid(np.linspace(-1.4, 1.4, 57, dtype=np.float32), np.linspace(-1.4, 1.4, 57, dtype=np.float32))

    def turned(name: str, angle: float) -> np.ndarray:
        return FORMS[name](x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)) > 0

    for place, first in enumerate(FORMS):
        upright = turned(first, 0)
        for second in list(FORMS)[place + 1 :]:
            others = [turned(second, angle) for angle in np.linspace(0, 2 * np.pi, 72, endpoint=False)]
            overlap = max((upright & other).sum() / (upright | other).sum() for other in others)
            assert overlap < 0.9, (first, second)


def test_pictures_differ_in_light_and_are_not_washed_out() -> None:
    some = draw(np.zeros(50, dtype=np.int64), np.random.default_rng(0)).astype(float)

    assert some.std(axis=(1, 2, 3)).min() > 10
    assert some.mean(axis=(1, 2, 3)).std() > 10
