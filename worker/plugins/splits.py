"""Find the splits (training, test, and optionally validation) in what a plugin's `load` returns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from skiplab.plugins import BadPlugin
from worker.datasets.images import Split
from worker.plugins import pixels

WANTED = (
    "return train_images, train_labels, test_images, test_labels; or a training and a test data set."
    " A validation set may come between them"
)

IMAGES = ("image", "images", "img", "imgs", "x", "X", "data", "pixel_values", "input", "inputs", "features")
LABELS = ("label", "labels", "y", "target", "targets", "class", "fine_label", "labels_idx", "category")
NAMES: Mapping[Split, tuple[str, ...]] = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "eval", "dev"),
    "test": ("test", "testing"),
}
"""Names of the splits in mappings; also their order in tuples."""

WORDS: Mapping[Split, str] = {"train": "training", "val": "validation", "test": "test"}


@dataclass(frozen=True)
class RawSplit:
    """Images and labels of one split as returned; or `items`, each of which has both."""

    images: Any = None
    labels: Any = None
    items: Any = None
    classes: tuple[str, ...] | None = None  # class names of the data set object


def splits_of(given: Any, notes: list[str]) -> dict[Split, RawSplit]:
    """Return the splits in the result of `load`, appending assumptions to `notes`. Raises BadPlugin if ambiguous."""
    if given is None:
        raise BadPlugin(f"load() returned None: {WANTED}")
    if isinstance(given, Mapping):
        return _splits_of_mapping(given, notes)
    if isinstance(given, Iterator):  # a load() with `yield` instead of `return`
        given = list(islice(given, 2 * len(NAMES) + 1))
    if not isinstance(given, tuple | list):
        raise BadPlugin(f"load() returned one {type(given).__name__}; {WANTED}")
    if len(given) == 2 and _is_images_and_labels(given):
        raise BadPlugin(
            "load() returned one set of images and labels; return a training and a test set, such as"
            " images[:800], labels[:800], images[800:], labels[800:]"
        )
    if len(given) == 3 and any(pixels.is_array(each) for each in given):
        raise BadPlugin(f"load() returned 3 arrays; {WANTED}")
    if len(given) in (3, 6):
        notes.append("the result of load() is read as training, validation and test set, in this order")
    splits: dict[int, tuple[Split, ...]] = {2: ("train", "test"), 3: tuple(NAMES)}
    if len(given) in splits:
        return {split: _set(each, WORDS[split]) for split, each in zip(splits[len(given)], given, strict=True)}
    if len(given) // 2 in splits and len(given) % 2 == 0:
        pairs = zip(splits[len(given) // 2], given[::2], given[1::2], strict=True)
        return {split: RawSplit(images, labels) for split, images, labels in pairs}
    raise BadPlugin(f"load() returned {len(given)} arrays; {WANTED}")


def _splits_of_mapping(given: Mapping[Any, Any], notes: list[str]) -> dict[Split, RawSplit]:
    """Return the splits in a mapping; without a test set, the validation set is used as one."""
    flat = {split: [_flat_key(given, names, kinds) for kinds in (IMAGES, LABELS)] for split, names in NAMES.items()}
    keys = {split: found for split, found in flat.items() if None not in found}
    if not keys:
        keys = {split: [key] for split, names in NAMES.items() if (key := key_of(given, names)) is not None}
    if "test" not in keys and "val" in keys:
        keys["test"] = keys.pop("val")
        notes.append(f"{' and '.join(map(str, keys['test']))} is used as the test set, since there is no other")
    if "train" not in keys or "test" not in keys:
        raise BadPlugin(
            f"load() returned a mapping with {', '.join(map(str, islice(given, 20)))}; it needs 'train' and 'test'"
        )
    used = {key for each in keys.values() for key in each}
    if more := [str(key) for key in islice(given, 20) if key not in used]:
        notes.append(f"{', '.join(more)} in the result of load() is ignored")
    return {
        split: RawSplit(*(given[key] for key in each)) if len(each) == 2 else _set(given[each[0]], WORDS[split])
        for split, each in sorted(keys.items(), key=lambda pair: [*NAMES].index(pair[0]))
    }


def _flat_key(given: Mapping[Any, Any], parts: Sequence[str], kinds: Sequence[str]) -> str | None:
    """Return a key such as train_images or x_train; None without one."""
    pairs = ((part, kind) for part in parts for kind in kinds)
    names = (name for part, kind in pairs for name in (f"{part}_{kind}", f"{kind}_{part}"))
    return next((name for name in names if name in given), None)


def _set(given: Any, which: str) -> RawSplit:
    if given is None:
        raise BadPlugin(f"load() returned None for the {which} set; {WANTED}")
    if _is_loader(given):
        return _set(given.dataset, which)
    if isinstance(given, Mapping):
        images, labels = key_of(given, IMAGES), key_of(given, LABELS)
        if images is None or labels is None:
            there = ", ".join(map(str, islice(given, 20)))
            raise BadPlugin(f"the {which} set is a mapping with {there}; it needs 'images' and 'labels'")
        return RawSplit(given[images], given[labels])
    if isinstance(given, tuple | list):
        if len(given) and _is_pair(given[0]):
            return RawSplit(items=given)
        if len(given) == 2:
            return RawSplit(given[0], given[1])
        raise BadPlugin(f"the {which} set is a {type(given).__name__} of {len(given)}; return images and labels")
    if pixels.is_array(given):
        raise BadPlugin(f"the {which} set is one array, without labels; {WANTED}")
    if isinstance(given, str | bytes) or not (hasattr(given, "__getitem__") or hasattr(given, "__iter__")):
        raise BadPlugin(f"the {which} set is a {type(given).__name__}; {WANTED}")
    return RawSplit(items=given, classes=_classes_of(given))


def key_of(given: Mapping[Any, Any], names: Sequence[str]) -> str | None:
    """Return the first of several names that is a key; None if none is."""
    return next((name for name in names if name in given), None)


def _is_pair(value: Any) -> bool:
    """Return whether a value is an image with its label, and not an array of all images with one of all labels."""
    if isinstance(value, Mapping):
        return key_of(value, IMAGES) is not None
    if not isinstance(value, tuple | list) or len(value) != 2 or isinstance(value[0], int | float):
        return False
    label = value[1]
    return isinstance(label, str | int | float) or (pixels.is_array(label) and len(label.shape) == 0)


def _is_images_and_labels(given: Sequence[Any]) -> bool:
    return all(pixels.is_array(each) for each in given) and len(given[0].shape) > len(given[1].shape)


def _is_loader(given: Any) -> bool:
    """Return whether this is a DataLoader, whose data set is read without its batches and shuffling."""
    return hasattr(given, "dataset") and hasattr(given, "collate_fn")


def _classes_of(data: Any) -> tuple[str, ...] | None:
    """Return the class names of torchvision's and Hugging Face's data sets, also inside Subset and ConcatDataset."""
    for _ in range(10):  # of nesting
        names = getattr(data, "classes", None)
        if isinstance(names, list | tuple) and names:
            return tuple(str(name[0]) if isinstance(name, tuple) else str(name) for name in names)
        features = getattr(data, "features", None)
        if isinstance(features, Mapping) and (label := key_of(features, LABELS)) is not None:
            return tuple(map(str, getattr(features[label], "names", None) or ())) or None
        inner = getattr(data, "dataset", None) or next(iter(getattr(data, "datasets", None) or ()), None)
        if inner is None:
            return None
        data = inner
    return None
