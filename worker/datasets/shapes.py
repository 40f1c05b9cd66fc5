"""Synthetic data set of shapes in clutter: generated in seconds, and hard enough that networks differ on it.

The class is the shape alone. Position, size, rotation, aspect ratio, colours and texture, background, clutter and
noise are random, with a fixed seed.
"""

from collections.abc import Callable, Iterator
from math import cos, pi
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skiplab.contract.catalog import DatasetCard
from worker.datasets.images import NEEDED_SPLITS, Images, Labels, Split
from worker.datasets.known import Known, Tell
from worker.datasets.maker import making

KEY = "shapes"
LABEL = "Shapes"
SOURCE = "drawn by the lab: the shape is the class, all else is random"

TRAIN_IMAGES, TEST_IMAGES = 10_000, 2_000
SIDE = 32
BLOCK = 500  # images drawn at a time
SEED = 1

BEHIND, IN_FRONT = 3, 1
"""Pieces of clutter in each image, drawn before and after the shape."""

Floats = NDArray[np.floating[Any]]  # float32, unless NumPy promotes it
Plane = Floats  # (N, 32, 32)
Form = Callable[[Plane, Plane], Plane]
"""Signed distance inside a shape that fills -1..1, from x and y: negative outside."""


def known() -> Known:
    """Return card and maker of the data set."""
    card = DatasetCard(
        key=KEY,
        label=LABEL,
        classes=list(FORMS),
        train_images=TRAIN_IMAGES,
        test_images=TEST_IMAGES,
        train_counts=[TRAIN_IMAGES // len(FORMS)] * len(FORMS),
        test_counts=[TEST_IMAGES // len(FORMS)] * len(FORMS),
        image_shape=(3, SIDE, SIDE),
        available=True,
        needs="a few seconds to draw them",
        source=SOURCE,
        provenance="generated",
    )
    return Known(card, _make)


def drawn(split: Split, count: int) -> tuple[Labels, Iterator[Images]]:
    """Return labels (count,) and blocks of images (BLOCK, 32, 32, 3); deterministic."""
    labels = np.arange(count) % len(FORMS)
    blocks = (
        draw(labels[start : start + BLOCK], np.random.default_rng([SEED, NEEDED_SPLITS.index(split), start]))
        for start in range(0, count, BLOCK)
    )
    return labels, blocks


def draw(labels: Labels, random: np.random.Generator) -> Images:
    """Draw one image for each label; return (N, 32, 32, 3), uint8."""
    count = len(labels)
    first, second = _colours(count, random)
    picture = _textured(first, second, random)
    for _ in range(BEHIND):
        _lay(picture, *_clutter(count, random))
    _lay(picture, _shape(labels, random), _textured(*_colours(count, random, unlike=first), random))
    for _ in range(IN_FRONT):
        _lay(picture, *_clutter(count, random))
    picture += random.standard_normal(picture.shape, dtype=np.float32) * _each(random, 0.01, 0.08, count)[..., None]
    return np.round(picture.clip(0, 1) * 255).astype(np.uint8)


def _make(home: Path, tell: Tell) -> None:
    tell(f"drawing {KEY}")
    with making(home, KEY) as maker:
        for split, count in zip(NEEDED_SPLITS, (TRAIN_IMAGES, TEST_IMAGES), strict=True):
            labels, blocks = drawn(split, count)
            maker.write(split, blocks, labels, size=(SIDE, SIDE))
        maker.describe(tuple(FORMS), label=LABEL, source=SOURCE, provenance="generated")


# -- Shapes ------------------------------------------------------------------------------------------------------------


def _far(x: Plane, y: Plane) -> Plane:
    away: Plane = np.hypot(x, y)
    return away


def _both(inside: Plane, other: Plane) -> Plane:
    less: Plane = np.minimum(inside, other)
    return less


def _polygon(corners: int) -> Form:
    half = pi / corners

    def form(x: Plane, y: Plane) -> Plane:
        from_middle = np.arctan2(y, x) % (2 * half) - half  # the angle from the nearest side's middle
        inside: Plane = cos(half) - _far(x, y) * np.cos(from_middle)
        return inside

    return form


def _star(x: Plane, y: Plane) -> Plane:
    fifth = 2 * pi / 5
    away = np.abs((np.arctan2(y, x) + fifth / 2) % fifth - fifth / 2) / (fifth / 2)  # 0 at a point, 1 between two
    return (1 - 0.58 * away) - _far(x, y)


def _bow(x: Plane, y: Plane) -> Plane:
    return _both(0.9 - np.abs(x), 0.75 * (np.abs(x) + 0.1 - np.abs(y)))


def _half(x: Plane, y: Plane) -> Plane:
    return _both(1 - _far(x, y + 0.4), y + 0.4)


def _disc(x: Plane, y: Plane) -> Plane:
    return 1 - _far(x, y)


def _ring(x: Plane, y: Plane) -> Plane:
    return _both(1 - _far(x, y), _far(x, y) - 0.52)


def _crescent(x: Plane, y: Plane) -> Plane:
    return _both(1 - _far(x, y), _far(x - 0.5, y) - 0.78)


def _cross(x: Plane, y: Plane) -> Plane:
    x, y = np.abs(x), np.abs(y)
    return _both(1 - np.maximum(x, y), 0.3 - np.minimum(x, y))


FORMS: dict[str, Form] = {
    "disc": _disc,
    "ring": _ring,
    "crescent": _crescent,
    "half": _half,
    "triangle": _polygon(3),
    "square": _polygon(4),
    "pentagon": _polygon(5),
    "star": _star,
    "bow": _bow,
    "cross": _cross,
}
"""The classes, in order."""


# -- Images ------------------------------------------------------------------------------------------------------------


def _shape(labels: Labels, random: np.random.Generator) -> Plane:
    """Return the coverage of each pixel by the shape, 0..1."""
    size = _each(random, 0.45, 0.9, len(labels))
    x, y = _placed(random, len(labels), reach=0.3, width=size, height=size * _each(random, 0.75, 1.0, len(labels)))
    inside = np.empty_like(x)
    for label, form in enumerate(FORMS.values()):
        members = labels == label
        inside[members] = form(x[members], y[members])
    return _covered(inside * size)


def _clutter(count: int, random: np.random.Generator) -> tuple[Plane, Floats]:
    """Return the coverage (N, 32, 32) of a bar or dot in each image, and its colour (N, 1, 1, 3)."""
    length, breadth = _each(random, 0.08, 0.7, count), _each(random, 0.04, 0.12, count)
    x, y = _placed(random, count, reach=1.0, width=1.0, height=1.0)
    inside = np.minimum(length - np.abs(x), breadth - np.abs(y))
    return _covered(inside), random.random((count, 1, 1, 3), dtype=np.float32)


def _placed(
    random: np.random.Generator, count: int, *, reach: float, width: Floats | float, height: Floats | float
) -> tuple[Plane, Plane]:
    """Return pixel coordinates relative to an object of the given size at a random position and rotation."""
    across = ((np.arange(SIDE, dtype=np.float32) + 0.5) * 2 / SIDE - 1)[None, None, :]  # -1 to 1
    down = across.transpose(0, 2, 1)
    x, y = across - _each(random, -reach, reach, count), down - _each(random, -reach, reach, count)
    turn = _each(random, 0, 2 * pi, count)
    return (x * np.cos(turn) + y * np.sin(turn)) / width, (y * np.cos(turn) - x * np.sin(turn)) / height


def _covered(inside: Plane) -> Plane:
    """Convert a signed distance, for an image of width 2, to coverage of the pixel, 0..1."""
    return (inside * (SIDE / 2) + 0.5).clip(0, 1)


def _textured(first: Floats, second: Floats, random: np.random.Generator) -> Floats:
    """Return sinusoidal textures between two colours, from gradients to narrow stripes, (N, 32, 32, 3)."""
    count = len(first)
    x, _ = _placed(random, count, reach=1.0, width=1.0, height=1.0)
    wave = 0.5 + 0.5 * np.sin(x * _each(random, 0.5, 14, count))
    return first + (second - first) * wave[..., None]


def _colours(count: int, random: np.random.Generator, unlike: Floats | None = None) -> tuple[Floats, Floats]:
    """Return two similar colours for each image, (N, 1, 1, 3).

    A first colour too close to `unlike` is replaced by one half the range away.
    """
    first = random.random((count, 1, 1, 3), dtype=np.float32)
    if unlike is not None:
        near = np.abs(first - unlike).max(axis=-1, keepdims=True) < 0.4
        first = np.where(near, (unlike + 0.5) % 1, first)
    second = first + random.uniform(-0.3, 0.3, first.shape).astype(np.float32)
    return first, second.clip(0, 1)


def _lay(picture: Floats, covered: Plane, colour: Floats) -> None:
    picture += covered[..., None] * (colour - picture)


def _each(random: np.random.Generator, low: float, high: float, count: int) -> Floats:
    """Return a uniform random number for each image, (N, 1, 1)."""
    return random.uniform(low, high, (count, 1, 1)).astype(np.float32)
