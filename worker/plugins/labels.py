"""Labels as people have them - numbers, names, one-hot rows - become places in the list of classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skiplab.plugins import BadPlugin
from worker.datasets.images import Labels

ONE_HOT = "one-hot labels are read as the places of their ones"

MOST_FROM_DATA = 10_000
"""Taken from the data: more different labels are measurements."""


@dataclass(frozen=True)
class EncodedLabels:
    classes: tuple[str, ...]
    labels: dict[str, Labels]  # of each set, as it was given
    notes: tuple[str, ...] = ()


def encode_labels(
    given: Mapping[str, Any], classes: Sequence[str] | None, named: Sequence[str] | None = None
) -> EncodedLabels:
    """`given`: the labels of each set, by what people call the set. `classes`: as declared. `named`: what the data
    themselves call them, where nothing is declared.

    Raises BadPlugin where the meaning is not plain.
    """
    notes: list[str] = []
    sets = {which: _flat(labels, which, notes) for which, labels in given.items()}
    if len({_kind(labels) for labels in sets.values()}) > 1:
        forms = ", ".join(f"{which} labels are {_kind(labels)}" for which, labels in sets.items())
        raise BadPlugin(f"{forms}: give all in one form")
    labels = np.concatenate(list(sets.values()))
    if labels.dtype.kind == "U":
        names = tuple(classes or named or np.unique(labels).tolist())
        places = _by_name(labels, names)
    elif classes is None and named is None:
        distinct = np.unique(labels)
        _check_are_classes(distinct)
        names, places = tuple(str(value) for value in distinct.tolist()), np.searchsorted(distinct, labels)
    else:
        names = tuple(classes or named or ())
        places = _by_number(labels, names, notes)
    if len(names) < 2:
        raise BadPlugin(f"all labels are {names[0]!r}: there is nothing to tell apart")
    ends = np.cumsum([len(each) for each in sets.values()])
    parts = np.split(places.astype(np.int64, copy=False), ends[:-1])
    return EncodedLabels(names, dict(zip(sets, parts, strict=True)), tuple(dict.fromkeys(notes)))


def _flat(given: Any, which: str, notes: list[str]) -> NDArray[Any]:
    """One number or text for each image."""
    array = _array(given, which)
    if array.dtype == object:
        array = _of_objects(array, which)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "biuf":
        array = _of_one_hot(array, which)
        notes.append(ONE_HOT)
    if array.ndim != 1 or array.dtype.kind not in "biufU":
        raise BadPlugin(
            f"{which} labels are {array.dtype} {array.shape}; give one whole number or one class name for each image"
        )
    return array if array.dtype.kind == "U" else _of_whole(array, which)


def _array(given: Any, which: str) -> NDArray[Any]:
    if given is None or isinstance(given, str | bytes | dict | set):
        raise BadPlugin(f"{which} labels are a {type(given).__name__}; give one for each image, in a list or an array")
    if hasattr(given, "detach"):
        return np.asarray(given.detach().cpu())
    if isinstance(given, list | tuple | range):
        return _of_list([_plain(each) for each in given], which)
    if not hasattr(given, "__array__"):
        raise BadPlugin(
            f"{which} labels are a {type(given).__name__}, which is no array and no list: give one of these"
        )
    return np.asarray(given)


def _of_list(given: list[Any], which: str) -> NDArray[Any]:
    if len({isinstance(each, str | bytes) for each in given}) > 1:
        raise BadPlugin(f"{which} labels are texts and numbers mixed: give one kind")
    try:
        return np.asarray(given)
    except ValueError:
        raise BadPlugin(f"{which} labels differ in length: give one whole number or one class name for each") from None


def _plain(label: Any) -> Any:
    """A number in a tensor or an array of no dimension as a number."""
    if hasattr(label, "detach"):
        label = np.asarray(label.detach().cpu())
    return label.item() if isinstance(label, np.ndarray | np.generic) and label.size == 1 else label


def _of_objects(array: NDArray[Any], which: str) -> NDArray[Any]:
    missing = [place for place, value in enumerate(array.ravel()[:1_000_000]) if value is None or value != value]
    if missing:
        raise BadPlugin(f"{which} label {missing[0]} is {array.ravel()[missing[0]]}; give every image a label")
    return _of_list(array.tolist(), which)


def _of_one_hot(array: NDArray[Any], which: str) -> NDArray[Any]:
    if not (((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all()):
        raise BadPlugin(
            f"{which} labels are {array.shape[0]} x {array.shape[1]} and not one-hot: an image has one class here, so"
            " give its number or its name"
        )
    places: NDArray[Any] = array.argmax(axis=1)
    return places


def _of_whole(array: NDArray[Any], which: str) -> NDArray[Any]:
    if array.dtype.kind == "f" and not (np.isfinite(array) & (array == np.round(array))).all():
        odd = array[~(np.isfinite(array) & (array == np.round(array)))][0]
        raise BadPlugin(f"{which} labels are {array.dtype} and one is {odd}; give one whole number for each image")
    return array.astype(np.int64)


def _by_name(labels: NDArray[Any], names: tuple[str, ...]) -> NDArray[Any]:
    known = {name: place for place, name in enumerate(names)}
    distinct, inverse = np.unique(labels, return_inverse=True)
    unknown = [name for name in distinct.tolist() if name not in known]
    if unknown:
        raise BadPlugin(
            f"labels name {', '.join(map(repr, unknown[:5]))}, which classes does not: it has {', '.join(names[:20])}"
        )
    return np.array([known[name] for name in distinct.tolist()], dtype=np.int64)[inverse]


def _by_number(labels: NDArray[Any], names: tuple[str, ...], notes: list[str]) -> NDArray[Any]:
    if not len(labels):
        return labels
    low, high, count = int(labels.min()), int(labels.max()), len(names)
    distinct = np.unique(labels)
    are_names = all(str(label) in names for label in distinct.tolist())
    if are_names and _are_numerals(names) and ONE_HOT not in notes:
        # Also where these could all be places: which labels occur must not decide what they mean.
        if any(names[place] != str(place) for place in range(count)):
            notes.append("labels are read as the names of the classes")
        return _by_name(labels.astype(str), names)
    if low >= 0 and high < count:
        if _are_numerals(names) and ONE_HOT not in notes:
            notes.append(f"labels from {low} to {high} are read as places: they are not all names of classes")
        return labels
    if are_names:
        notes.append("labels are read as the names of the classes")
        return _by_name(labels.astype(str), names)
    if (low, high) == (1, count):
        notes.append(f"labels from 1 to {count} are read as places from 0 to {count - 1}")
        return labels - 1
    without = ". What has no label, leave out" if low < 0 else ""
    raise BadPlugin(
        f"labels go from {low} to {high}; there are {count} classes, whose labels are 0 to {count - 1}{without}"
    )


def _are_numerals(names: tuple[str, ...]) -> bool:
    return all(name.isdecimal() for name in names)


def _check_are_classes(distinct: NDArray[Any]) -> None:
    if len(distinct) > MOST_FROM_DATA:
        raise BadPlugin(f"labels have {len(distinct):,} different values: are they classes? Declare classes=[...]")
    if len(distinct) and distinct[0] < 0:
        raise BadPlugin(f"labels begin at {distinct[0]}: leave out what has no label, and number classes from 0")


def _kind(array: NDArray[Any]) -> str:
    return "names" if array.dtype.kind == "U" else "numbers"
