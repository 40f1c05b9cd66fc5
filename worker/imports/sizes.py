"""Which size all images of a data set get, where nobody says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from worker.datasets.images import Size

KEPT_SIDE = 224
"""A size that most images have is kept up to here; beyond it is a photo's."""

THUMBNAIL_SIDE = 128
"""Images of many sizes are thumbnails while the shorter side is no longer than this, by the median."""

THUMBNAIL: Size = (64, 64)
PHOTO: Size = (224, 224)


@dataclass(frozen=True)
class ChosenSize:
    size: Size
    why: str


def chosen(sizes: Sequence[Size], given: Size | None) -> ChosenSize:
    """From the sizes of a sample, height and width each."""
    if given is not None:
        return ChosenSize(given, "as was asked for")
    common, count = Counter(sizes).most_common(1)[0]
    most = 2 * count >= len(sizes)
    if most and max(common) <= KEPT_SIDE:
        return ChosenSize(common, "as all images" if count == len(sizes) else "as most images")
    shorter = sorted(min(size) for size in sizes)[len(sizes) // 2]
    if shorter <= THUMBNAIL_SIDE:
        return ChosenSize(THUMBNAIL, "for images of many sizes, most of them small")
    return ChosenSize(PHOTO, "for photos; larger ones need far more memory")


def spread(sizes: Sequence[Size]) -> tuple[Size, Size, Size]:
    """The smallest, the median and the largest by area."""
    by_area = sorted(sizes, key=lambda size: size[0] * size[1])
    return by_area[0], by_area[len(by_area) // 2], by_area[-1]
