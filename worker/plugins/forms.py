"""What a plugin's `load` gives, in the forms that people have, becomes a data set of the lab; or a sentence says what
was found and what to give instead."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from worker.datasets import cache
from worker.datasets.images import ImageData, Images
from worker.plugins import pixels
from worker.plugins.declare import BadPlugin, DeclaredDataset
from worker.plugins.labels import placed
from worker.plugins.mapped import kept_mapped

WANTED = "return train_images, train_labels, test_images, test_labels; or two data sets, to train and to test"

MOST_ITEMS = 5_000_000
"""Of a data set that does not say how long it is."""

IMAGES = ("image", "images", "img", "imgs", "x", "X", "data", "pixel_values", "input", "inputs", "features")
LABELS = ("label", "labels", "y", "target", "targets", "class", "fine_label", "labels_idx", "category")
TRAIN, TEST = ("train", "training"), ("test", "testing", "val", "valid", "validation", "eval")


@dataclass(frozen=True)
class Split:
    """Images and labels of one part; or `items`, which have both."""

    images: Any = None
    labels: Any = None
    items: Any = None
    classes: tuple[str, ...] | None = None  # as the data themselves call them


@dataclass(frozen=True)
class Converted:
    data: ImageData
    notes: tuple[str, ...] = ()
    """What was read in another way than it was given, for people."""


def converted(declared: DeclaredDataset, given: Any, home: Path) -> Converted:
    """`given`: what `load` returned. What has to be converted goes into a file without a name in the lab's folder.

    Raises BadPlugin, and whatever the plugin's own data sets raise.
    """
    try:
        train, test = _splits(given)
        scale, notes = pixels.Scale(), list[str]()
        images, labels = [], []
        for which, split in (("training", train), ("test", test)):
            of_split, its_labels = _read(split, which, home, declared.size, scale, notes)
            images.append(of_split)
            labels.append(its_labels)
        found = placed(
            labels[0], labels[1], declared.classes, _named(train, test) if declared.classes is None else None
        )
        data = ImageData(declared.key, found.classes, images[0], found.train, images[1], found.test)
        _check(data)
    except BadPlugin as error:
        raise BadPlugin(f"{declared.key}: {error}") from error
    return Converted(data, tuple(dict.fromkeys((*notes, *found.notes))))


def _splits(given: Any) -> tuple[Split, Split]:
    if given is None:
        raise BadPlugin(f"load() gave nothing: is its return missing? {WANTED}")
    if isinstance(given, Mapping):
        return _splits_of_mapping(given)
    if isinstance(given, Iterator):  # load() that yields what it should return
        given = list(islice(given, 5))
    if not isinstance(given, tuple | list):
        raise BadPlugin(f"load() gave one {type(given).__name__}; {WANTED}")
    if len(given) == 4:
        return Split(given[0], given[1]), Split(given[2], given[3])
    if len(given) == 2:
        if _is_images_and_labels(given):
            raise BadPlugin(
                "load() gave one set of images and labels; give one to train and one to test, such as"
                " images[:800], labels[:800], images[800:], labels[800:]"
            )
        return _split(given[0], "training"), _split(given[1], "test")
    if len(given) == 3:
        raise BadPlugin("load() gave 3 arrays or data sets; leave out the validation set: a run takes its own share")
    raise BadPlugin(f"load() gave {len(given)} arrays; {WANTED}")


def _splits_of_mapping(given: Mapping[Any, Any]) -> tuple[Split, Split]:
    flat = [_flat_key(given, parts, kinds) for parts in (TRAIN, TEST) for kinds in (IMAGES, LABELS)]
    if all(key is not None for key in flat):
        return Split(given[flat[0]], given[flat[1]]), Split(given[flat[2]], given[flat[3]])
    train, test = _key(given, TRAIN), _key(given, TEST)
    if train is None or test is None:
        raise BadPlugin(
            f"load() gave a mapping with {', '.join(map(str, islice(given, 20)))}; it needs 'train' and 'test'"
        )
    return _split(given[train], "training"), _split(given[test], "test")


def _flat_key(given: Mapping[Any, Any], parts: Sequence[str], kinds: Sequence[str]) -> str | None:
    """The key of train_images, x_train and their like."""
    pairs = ((part, kind) for part in parts for kind in kinds)
    names = (name for part, kind in pairs for name in (f"{part}_{kind}", f"{kind}_{part}"))
    return next((name for name in names if name in given), None)


def _key(given: Mapping[Any, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in given), None)


def _split(given: Any, which: str) -> Split:
    if given is None:
        raise BadPlugin(f"load() gave None for the {which} set; {WANTED}")
    if _is_loader(given):
        return _split(given.dataset, which)
    if isinstance(given, Mapping):
        images, labels = _key(given, IMAGES), _key(given, LABELS)
        if images is None or labels is None:
            there = ", ".join(map(str, islice(given, 20)))
            raise BadPlugin(f"the {which} set is a mapping with {there}; it needs 'images' and 'labels'")
        return Split(given[images], given[labels])
    if isinstance(given, tuple | list):
        if len(given) and _is_pair(given[0]):
            return Split(items=given)
        if len(given) == 2:
            return Split(given[0], given[1])
        raise BadPlugin(f"the {which} set is a {type(given).__name__} of {len(given)}; give images and labels")
    if pixels.is_array(given):
        raise BadPlugin(f"the {which} set is one array, without labels; {WANTED}")
    if isinstance(given, str | bytes) or not (hasattr(given, "__getitem__") or hasattr(given, "__iter__")):
        raise BadPlugin(f"the {which} set is a {type(given).__name__}; {WANTED}")
    return Split(items=given, classes=_classes_of(given))


def _read(
    split: Split, which: str, home: Path, size: tuple[int, int] | None, scale: pixels.Scale, notes: list[str]
) -> tuple[Images, Any]:
    """Images as bytes, and the labels as they are."""
    split = replace(split, images=pixels.as_numpy(split.images))
    if split.items is None and pixels.as_they_are(split.images, size):
        return kept_mapped(split.images), split.labels
    with pixels.Film(cache.top(home), size) as film:
        if split.items is None:
            images = pixels.stored(_blocks(split.images, which), film, scale)
            notes.append(f"{_described(split.images)} are converted to bytes, N x height x width x 3")
            return images, split.labels
        labels: list[Any] = []
        images = pixels.stored(_blocks_of_items(split.items, which, labels), film, scale)
    notes.append(f"{type(split.items).__name__} is read once, item by item: its transforms are not drawn anew")
    return images, labels


def _blocks(images: Any, which: str) -> Iterator[pixels.Block]:
    if images is None or isinstance(images, str | bytes | Mapping | set):
        raise BadPlugin(f"{which} images are a {type(images).__name__}; {WANTED}")
    if pixels.is_array(images):
        return pixels.blocks_of(images)
    if not isinstance(images, list | tuple) and not hasattr(images, "__iter__"):
        raise BadPlugin(f"{which} images are a {type(images).__name__}; give an array, or a list of images")
    return _numbered((pixels.one(image) for image in islice(images, MOST_ITEMS)), which)


def _blocks_of_items(items: Any, which: str, labels: list[Any]) -> Iterator[pixels.Block]:
    """Fills `labels` as it goes."""

    def blocks() -> Iterator[pixels.Block]:
        for item in _iterated(items, which):
            image, label = _pair(item)
            labels.append(label)
            yield pixels.one(image)

    return _numbered(blocks(), which)


def _iterated(items: Any, which: str) -> Iterator[Any]:
    """By its length where it has one: iterated plainly, a data set of torch that raises no IndexError has no end."""
    if not hasattr(items, "__getitem__") or _is_iterable_dataset(items):
        return islice(iter(items), MOST_ITEMS)
    try:
        count = len(items)
    except (TypeError, NotImplementedError):
        raise BadPlugin(f"the {which} set is a {type(items).__name__} without a length: give it __len__") from None
    return (items[place] for place in range(count))


def _numbered(blocks: Iterator[pixels.Block], which: str) -> Iterator[pixels.Block]:
    """The same; what cannot be taken is named by its place."""
    place = 0
    while True:
        try:
            block = next(blocks)
        except StopIteration:
            return
        except BadPlugin as error:
            raise BadPlugin(f"{which} image {place}: {error}") from error
        yield block
        place += 1


def _pair(item: Any) -> tuple[Any, Any]:
    if isinstance(item, Mapping):
        images, labels = _key(item, IMAGES), _key(item, LABELS)
        if images is not None and labels is not None:
            return item[images], item[labels]
        raise BadPlugin(f"an item has {', '.join(map(str, islice(item, 20)))}; it needs 'image' and 'label'")
    if isinstance(item, tuple | list) and len(item) == 2:
        return item[0], item[1]
    size = f" of {len(item)}" if isinstance(item, tuple | list) else ""
    raise BadPlugin(f"an item is a {type(item).__name__}{size}; give pairs of an image and its label")


def _is_pair(value: Any) -> bool:
    """Of an image and its label: not two arrays, one of all images and one of all labels."""
    if isinstance(value, Mapping):
        return _key(value, IMAGES) is not None
    if not isinstance(value, tuple | list) or len(value) != 2 or isinstance(value[0], int | float):
        return False
    label = value[1]
    return isinstance(label, str | int | float) or (pixels.is_array(label) and len(label.shape) == 0)


def _is_images_and_labels(given: Sequence[Any]) -> bool:
    return all(pixels.is_array(each) for each in given) and len(given[0].shape) > len(given[1].shape)


def _is_loader(given: Any) -> bool:
    """A DataLoader: its data set is taken, in its own order and without its batches."""
    return hasattr(given, "dataset") and hasattr(given, "collate_fn")


def _is_iterable_dataset(items: Any) -> bool:
    """Torch's own, whose base class has a `__getitem__` that only raises."""
    return any(kind.__name__ == "IterableDataset" for kind in type(items).__mro__)


def _classes_of(data: Any) -> tuple[str, ...] | None:
    """As torchvision's data sets and Hugging Face's name them; through Subset and ConcatDataset."""
    for _ in range(10):
        names = getattr(data, "classes", None)
        if isinstance(names, list | tuple) and names:
            return tuple(str(name[0]) if isinstance(name, tuple) else str(name) for name in names)
        features = getattr(data, "features", None)
        if isinstance(features, Mapping) and (label := _key(features, LABELS)) is not None:
            return tuple(map(str, getattr(features[label], "names", None) or ())) or None
        inner = getattr(data, "dataset", None) or next(iter(getattr(data, "datasets", None) or ()), None)
        if inner is None:
            return None
        data = inner
    return None


def _named(train: Split, test: Split) -> tuple[str, ...] | None:
    if train.classes and test.classes and train.classes != test.classes:
        differ = sorted({*train.classes} ^ {*test.classes}) or ["their order"]
        raise BadPlugin(f"training and test set do not have the same classes; they differ in {', '.join(differ[:10])}")
    return train.classes or test.classes


def _described(images: Any) -> str:
    if pixels.is_array(images):
        return f"images of {images.dtype}, {' x '.join(map(str, images.shape))},"
    return f"images in a {type(images).__name__}"


def _check(data: ImageData) -> None:
    for which, images, labels in (
        ("training", data.train_images, data.train_labels),
        ("test", data.test_images, data.test_labels),
    ):
        if len(images) != len(labels):
            raise BadPlugin(
                f"there are {len(images):,} {which} images and {len(labels):,} {which} labels; give as many"
            )
        if not len(images):
            remedy = "hold some of the others back for it" if which == "test" else "give some"
            raise BadPlugin(f"the {which} set is empty: {remedy}")
    if data.train_images.shape[1:] != data.test_images.shape[1:]:
        sizes = " and ".join(
            f"{images.shape[1]} x {images.shape[2]}" for images in (data.train_images, data.test_images)
        )
        raise BadPlugin(f"training and test images are {sizes} (height x width): declare one size=, such as size=64")
    if not np.intersect1d(data.train_labels, data.test_labels).size:
        raise BadPlugin("training and test set have no class in common")
