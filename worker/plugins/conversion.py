"""Convert what a plugin's `load` returns to a data set, or explain what was found and what to return instead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from skiplab.plugins import BadPlugin, DeclaredDataset
from worker.datasets import cache
from worker.datasets.images import ImageData, Images, Labels, Split
from worker.plugins import pixels
from worker.plugins.calls import call_loader
from worker.plugins.image_file import ImageFile
from worker.plugins.labels import encode_labels
from worker.plugins.memory_maps import writable_map
from worker.plugins.number_range import Block, NumberRange
from worker.plugins.splits import IMAGES, LABELS, WANTED, WORDS, RawSplit, key_of, splits_of

MAX_ITEMS = 5_000_000
"""Limit for an iterable without a length, which may be endless."""


@dataclass(frozen=True)
class Converted:
    """A data set, and notes on how its images and labels were interpreted."""

    data: ImageData
    notes: tuple[str, ...] = ()


def converted_by(declared: DeclaredDataset, home: Path) -> Converted:
    """Call the plugin's `load` and convert its result. Raises BadPlugin, and whatever its code raises."""
    return convert(declared, call_loader(declared.load, home), home)


def convert(declared: DeclaredDataset, given: Any, home: Path) -> Converted:
    """Convert `given`, the result of `load`. Converted images are written to an unlinked file in the home folder.

    Raises BadPlugin, and whatever the plugin's own data sets raise.
    """
    try:
        notes: list[str] = []
        sets = splits_of(given, notes)
        # One range for all splits: a dark test set must not be scaled differently from the training set.
        numbers = NumberRange()
        images: dict[Split, Images] = {}
        labels: dict[str, Any] = {}
        for split, each in sets.items():
            images[split], labels[WORDS[split]] = _read(each, WORDS[split], home, declared.size, numbers, notes)
        found = encode_labels(labels, declared.classes, _class_names(sets) if declared.classes is None else None)
        places = {split: found.labels[WORDS[split]] for split in sets}
        _check(images, places)
    except BadPlugin as error:
        raise BadPlugin(f"{declared.key}: {error}") from error
    data = ImageData(
        declared.key,
        found.classes,
        images["train"],
        places["train"],
        images["test"],
        places["test"],
        images.get("val"),
        places.get("val"),
    )
    return Converted(data, tuple(dict.fromkeys((*notes, *found.notes))))


def _read(
    given: RawSplit, which: str, home: Path, size: tuple[int, int] | None, numbers: NumberRange, notes: list[str]
) -> tuple[Images, Any]:
    """Return the images of a split as uint8 (N, H, W, 3), and its labels unchanged."""
    given = replace(given, images=pixels.as_numpy(given.images))
    if given.items is None and pixels.needs_no_conversion(given.images, size):
        return writable_map(given.images), given.labels
    # On the disk of the data sets, which has room for them; the system's temporary folder may be in memory.
    with ImageFile(cache.top(home), size) as file:
        if given.items is None:
            images = pixels.stored(_blocks(given.images, which), file, numbers)
            notes.append(f"{_described(given.images)} are converted to uint8, N x height x width x 3")
            return images, given.labels
        labels: list[Any] = []
        images = pixels.stored(_blocks_of_items(given.items, which, labels), file, numbers)
    notes.append(f"{type(given.items).__name__} is read once, item by item: random transforms are applied only then")
    return images, labels


def _blocks(images: Any, which: str) -> Iterator[Block]:
    if images is None or isinstance(images, str | bytes | Mapping | set):
        raise BadPlugin(f"{which} images are a {type(images).__name__}; {WANTED}")
    if pixels.is_array(images):
        return pixels.blocks_of(images)
    if not isinstance(images, list | tuple) and not hasattr(images, "__iter__"):
        raise BadPlugin(f"{which} images are a {type(images).__name__}; give an array, or a list of images")
    return _numbered((pixels.one(image) for image in islice(images, MAX_ITEMS)), which)


def _blocks_of_items(items: Any, which: str, labels: list[Any]) -> Iterator[Block]:
    """Yield the images of items, and append their labels to `labels`."""

    def blocks() -> Iterator[Block]:
        for item in _iterated(items, which):
            image, label = _pair(item)
            labels.append(label)
            yield pixels.one(image)

    return _numbered(blocks(), which)


def _iterated(items: Any, which: str) -> Iterator[Any]:
    """Iterate over a data set by index if it has a length: `iter()` never ends unless it raises IndexError."""
    if not hasattr(items, "__getitem__") or _is_iterable_dataset(items):
        return islice(iter(items), MAX_ITEMS)
    try:
        count = len(items)
    except (TypeError, NotImplementedError):
        raise BadPlugin(f"the {which} set is a {type(items).__name__} without a length: define __len__") from None
    return (items[place] for place in range(count))


def _numbered(blocks: Iterator[Block], which: str) -> Iterator[Block]:
    """Yield the blocks; errors name the index of the image."""
    place = 0
    while True:
        try:
            block = next(blocks)
        except StopIteration:
            return
        except BadPlugin as error:
            raise BadPlugin(f"{which} image {place}: {error}") from error
        except Exception as error:  # of the plugin's data set; only gets a note
            error.add_note(f"at {which} image {place}")
            raise
        yield block
        place += 1


def _pair(item: Any) -> tuple[Any, Any]:
    if isinstance(item, Mapping):
        images, labels = key_of(item, IMAGES), key_of(item, LABELS)
        if images is not None and labels is not None:
            return item[images], item[labels]
        raise BadPlugin(f"an item has {', '.join(map(str, islice(item, 20)))}; it needs 'image' and 'label'")
    if isinstance(item, tuple | list) and len(item) == 2:
        return item[0], item[1]
    size = f" of {len(item)}" if isinstance(item, tuple | list) else ""
    raise BadPlugin(f"an item is a {type(item).__name__}{size}; return pairs of an image and its label")


def _is_iterable_dataset(items: Any) -> bool:
    """Return whether this is torch's IterableDataset, which inherits a `__getitem__` that only raises."""
    return any(kind.__name__ == "IterableDataset" for kind in type(items).__mro__)


def _class_names(sets: Mapping[Split, RawSplit]) -> tuple[str, ...] | None:
    known = {split: each.classes for split, each in sets.items() if each.classes}
    first = next(iter(known.values()), None)
    for split, names in known.items():
        if first is not None and names != first:
            differ = sorted({*first} ^ {*names}) or ["their order"]
            raise BadPlugin(
                f"training and {WORDS[split]} set have different classes; they differ in {', '.join(differ[:10])}"
            )
    return first


def _described(images: Any) -> str:
    if pixels.is_array(images):
        return f"images of {images.dtype}, {' x '.join(map(str, images.shape))},"
    return f"images in a {type(images).__name__}"


def _check(images: Mapping[Split, Images], labels: Mapping[Split, Labels]) -> None:
    remedies: dict[Split, str] = {
        "train": "it needs at least one image",
        "val": "omit it",
        "test": "hold out some of the other images for it",
    }
    height, width = images["train"].shape[1:3]
    for split, which in ((split, WORDS[split]) for split in images):
        if len(images[split]) != len(labels[split]):
            raise BadPlugin(
                f"there are {len(images[split]):,} {which} images but {len(labels[split]):,} {which} labels; the"
                " numbers must be equal"
            )
        if not len(images[split]):
            raise BadPlugin(f"the {which} set is empty: {remedies[split]}")
        if images[split].shape[1:3] != (height, width):
            other = " x ".join(map(str, images[split].shape[1:3]))
            raise BadPlugin(
                f"training and {which} images are {height} x {width} and {other} (height x width): declare one size=,"
                " such as size=64"
            )
    if not np.intersect1d(labels["train"], labels["test"]).size:
        raise BadPlugin("training and test set have no class in common")
