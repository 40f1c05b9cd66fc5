"""Encode a plugin's labels (numbers, names, or one-hot rows) as indices into the list of classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skiplab.plugins import BadPlugin
from worker.datasets.images import Labels

ONE_HOT = "one-hot labels are converted to class numbers"

MAX_CLASSES = 10_000
"""Limit for classes taken from the labels; more distinct values are probably measurements."""


@dataclass(frozen=True)
class EncodedLabels:
    """Labels as indices into `classes`."""

    classes: tuple[str, ...]
    labels: dict[str, Labels]  # by split
    notes: tuple[str, ...] = ()


def encode_labels(
    given: Mapping[str, Any], classes: Sequence[str] | None, named: Sequence[str] | None = None
) -> EncodedLabels:
    """Encode the labels of all splits.

    `given`: labels by the name of their split. `classes`: as declared. `named`: class names of the data set object, if
    none are declared; without either, the classes are the distinct labels. Raises BadPlugin for ambiguous labels.
    """
    notes: list[str] = []
    sets = {which: _flat(labels, which, notes) for which, labels in given.items()}
    if len({_kind(labels) for labels in sets.values()}) > 1:
        forms = ", ".join(f"{which} labels are {_kind(labels)}" for which, labels in sets.items())
        raise BadPlugin(f"{forms}: use one form for all")
    labels = np.concatenate(list(sets.values()))
    if labels.dtype.kind == "U":
        names = tuple(classes or named or np.unique(labels).tolist())
        indices = _by_name(labels, names)
    elif classes is None and named is None:
        distinct = np.unique(labels)
        _check_are_classes(distinct)
        names, indices = tuple(str(value) for value in distinct.tolist()), np.searchsorted(distinct, labels)
    else:
        names = tuple(classes or named or ())
        indices = _by_number(labels, names, notes)
    if len(names) < 2:
        raise BadPlugin(f"all labels are {names[0]!r}: at least two classes are needed")
    # All splits were encoded at once, so that they have one list of classes.
    ends = np.cumsum([len(each) for each in sets.values()])
    parts = np.split(indices.astype(np.int64, copy=False), ends[:-1])
    return EncodedLabels(names, dict(zip(sets, parts, strict=True)), tuple(dict.fromkeys(notes)))


def _flat(given: Any, which: str, notes: list[str]) -> NDArray[Any]:
    """Return a number or a string per image, shape (N,)."""
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
            f"{which} labels are {array.dtype} {array.shape}; return one integer or one class name per image"
        )
    return array if array.dtype.kind == "U" else _of_whole(array, which)


def _array(given: Any, which: str) -> NDArray[Any]:
    if given is None or isinstance(given, str | bytes | dict | set):
        raise BadPlugin(f"{which} labels are a {type(given).__name__}; return one per image, in a list or an array")
    if hasattr(given, "detach"):
        return np.asarray(given.detach().cpu())
    if isinstance(given, list | tuple | range):
        return _of_list([_plain(each) for each in given], which)
    if not hasattr(given, "__array__"):
        raise BadPlugin(f"{which} labels are a {type(given).__name__}; return a list or an array")
    return np.asarray(given)


def _of_list(given: list[Any], which: str) -> NDArray[Any]:
    if len({isinstance(each, str | bytes) for each in given}) > 1:
        raise BadPlugin(f"{which} labels mix strings and numbers: use one type")
    try:
        return np.asarray(given)
    except ValueError:
        raise BadPlugin(f"{which} labels differ in length: return one integer or one class name per image") from None


def _plain(label: Any) -> Any:
    """Convert a tensor or array with one element to a number."""
    if hasattr(label, "detach"):
        label = np.asarray(label.detach().cpu())
    return label.item() if isinstance(label, np.ndarray | np.generic) and label.size == 1 else label


def _of_objects(array: NDArray[Any], which: str) -> NDArray[Any]:
    missing = [index for index, value in enumerate(array.ravel()[:1_000_000]) if value is None or value != value]
    if missing:
        raise BadPlugin(f"{which} label {missing[0]} is {array.ravel()[missing[0]]}; every image needs a label")
    return _of_list(array.tolist(), which)


def _of_one_hot(array: NDArray[Any], which: str) -> NDArray[Any]:
    if not (((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all()):
        raise BadPlugin(
            f"{which} labels are {array.shape[0]} x {array.shape[1]} and not one-hot: an image has exactly one class,"
            " so return its number or name"
        )
    indices: NDArray[Any] = array.argmax(axis=1)
    return indices


def _of_whole(array: NDArray[Any], which: str) -> NDArray[Any]:
    if array.dtype.kind == "f" and not (np.isfinite(array) & (array == np.round(array))).all():
        odd = array[~(np.isfinite(array) & (array == np.round(array)))][0]
        raise BadPlugin(f"{which} labels are {array.dtype} and one is {odd}; return one integer per image")
    return array.astype(np.int64)


def _by_name(labels: NDArray[Any], names: tuple[str, ...]) -> NDArray[Any]:
    known = {name: index for index, name in enumerate(names)}
    distinct, inverse = np.unique(labels, return_inverse=True)
    unknown = [name for name in distinct.tolist() if name not in known]
    if unknown:
        raise BadPlugin(
            f"labels {', '.join(map(repr, unknown[:5]))} are not among the classes: {', '.join(names[:20])}"
        )
    return np.array([known[name] for name in distinct.tolist()], dtype=np.int64)[inverse]


def _by_number(labels: NDArray[Any], names: tuple[str, ...], notes: list[str]) -> NDArray[Any]:
    if not len(labels):
        return labels
    low, high, count = int(labels.min()), int(labels.max()), len(names)
    distinct = np.unique(labels)
    are_names = all(str(label) in names for label in distinct.tolist())
    if are_names and _are_numerals(names) and ONE_HOT not in notes:
        # Also if all could be indices: the meaning of a label must not depend on which others occur.
        if any(names[index] != str(index) for index in range(count)):
            notes.append("labels are read as class names")
        return _by_name(labels.astype(str), names)
    if low >= 0 and high < count:
        if _are_numerals(names) and ONE_HOT not in notes:
            notes.append(f"labels from {low} to {high} are read as indices, since not all are class names")
        return labels
    if are_names:
        notes.append("labels are read as class names")
        return _by_name(labels.astype(str), names)
    if (low, high) == (1, count):
        notes.append(f"labels from 1 to {count} are read as indices from 0 to {count - 1}")
        return labels - 1
    remedy = ". Remove images without a label" if low < 0 else ""
    raise BadPlugin(f"labels range from {low} to {high}, but {count} classes have labels from 0 to {count - 1}{remedy}")


def _are_numerals(names: tuple[str, ...]) -> bool:
    return all(name.isdecimal() for name in names)


def _check_are_classes(distinct: NDArray[Any]) -> None:
    if len(distinct) > MAX_CLASSES:
        raise BadPlugin(f"labels have {len(distinct):,} distinct values. If these are classes, declare classes=[...]")
    if len(distinct) and distinct[0] < 0:
        raise BadPlugin(f"labels start at {distinct[0]}: remove images without a label, and number classes from 0")


def _kind(array: NDArray[Any]) -> str:
    return "names" if array.dtype.kind == "U" else "numbers"
