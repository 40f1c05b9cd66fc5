"""Choose the size to which all images of a data set are scaled."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from worker.datasets.images import Size

KEPT_SIDE = 224
"""Pixels. The most common size is kept up to this; larger images are photos."""

THUMBNAIL_SIDE = 128
"""Pixels. Images of many sizes are thumbnails if the median of their shorter sides is at most this."""

THUMBNAIL: Size = (64, 64)
PHOTO: Size = (224, 224)


@dataclass(frozen=True)
class ChosenSize:
    size: Size
    why: str


def chosen(sizes: Sequence[Size], given: Size | None) -> ChosenSize:
    """Choose a size (height, width): the given one, or by the sizes of a sample."""
    if given is not None:
        return ChosenSize(given, "as requested")
    common, count = Counter(sizes).most_common(1)[0]
    most = 2 * count >= len(sizes)
    if most and max(common) <= KEPT_SIDE:
        return ChosenSize(common, "the size of all images" if count == len(sizes) else "the size of most images")
    shorter = sorted(min(size) for size in sizes)[len(sizes) // 2]
    if shorter <= THUMBNAIL_SIDE:
        return ChosenSize(THUMBNAIL, "the default for small images of many sizes")
    return ChosenSize(PHOTO, "the default for photos; larger images need much more memory")


def spread(sizes: Sequence[Size]) -> tuple[Size, Size, Size]:
    """Return the smallest, median and largest size by area."""
    by_area = sorted(sizes, key=lambda size: size[0] * size[1])
    return by_area[0], by_area[len(by_area) // 2], by_area[-1]
