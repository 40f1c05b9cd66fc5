"""Decorator by which a plugin offers data sets."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, overload

from skiplab.plugins.declarations import DeclaredDataset, register
from skiplab.plugins.decorated import Built
from skiplab.plugins.failures import BadPlugin
from skiplab.plugins.keys import checked_key, key_of, name_of

MOST_CLASSES = 100_000


@overload
def dataset(key: Built, /) -> Built: ...


@overload
def dataset(
    key: str | None,
    load: Built,
    /,
    *,
    classes: Iterable[Any] | int | None = None,
    label: str | None = None,
    source: str = "a plugin",
    size: int | tuple[int, int] | None = None,
) -> Built: ...


@overload
def dataset(
    key: str | None = None,
    /,
    *,
    classes: Iterable[Any] | int | None = None,
    label: str | None = None,
    source: str = "a plugin",
    size: int | tuple[int, int] | None = None,
) -> Callable[[Built], Built]: ...


def dataset(
    key: Any = None,
    load: Any = None,
    /,
    *,
    classes: Iterable[Any] | int | None = None,
    label: str | None = None,
    source: str = "a plugin",
    size: int | tuple[int, int] | None = None,
) -> Any:
    """Declare a data set: `@dataset("key")` above `load(home)`, which returns the training and the test set.

    Preferably as `train_images, train_labels, test_images, test_labels`: images of shape N x height x width x 3 and
    type uint8, labels as indices into `classes`. Other common forms are converted (`worker.plugins.conversion`), among
    them two `torch.utils.data.Dataset`s. `home` is the lab's folder: what is expensive to compute may be cached under
    `home / "datasets"`. Without `classes` they are derived from the data. `size`: pixels per side, or height and width,
    to which all images are resized.
    """
    if callable(key) and load is None:
        key, load = None, key
    if key is not None:
        key, label = checked_key(key), label or str(key)
    names, sides = class_names(classes), _checked_size(size)

    def declare(load: Built) -> Built:
        if not callable(load):
            raise BadPlugin(f"dataset({key!r}) is of a {type(load).__name__}: give a function that loads it")
        called = key or key_of(load)
        register(DeclaredDataset(called, label or name_of(load) or called, load, names, source, sides))
        return load

    return declare if load is None else declare(load)


def class_names(given: Iterable[Any] | int | None) -> tuple[str, ...] | None:
    """Names of classes in their order. Whole numbers, a range and arrays are names, a number alone is how many there
    are, and a mapping is of names and places, either way round. Raises BadPlugin."""
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool):
        return class_names(range(given))
    if isinstance(given, bool | str | bytes | set | frozenset) or not hasattr(given, "__iter__"):
        raise BadPlugin(
            f"classes is a {type(given).__name__}: give their names in order, such as classes=['cat', 'dog']"
        )
    names = _in_order(given) if isinstance(given, Mapping) else list(islice(given, MOST_CLASSES + 1))
    if len(names) > MOST_CLASSES:
        raise BadPlugin(f"classes has no end: more than {MOST_CLASSES:,} were given")
    texts = tuple(_text(name) for name in names)
    twice = sorted(text for text, times in Counter(texts).items() if times > 1)
    if twice:
        raise BadPlugin(f"classes names {', '.join(map(repr, twice[:5]))} more than once")
    if len(texts) < 2:
        raise BadPlugin(
            f"classes has {len(texts)} name{'' if len(texts) == 1 else 's'}: there is nothing to tell apart"
        )
    return texts


def _in_order(names: Mapping[Any, Any]) -> list[Any]:
    """Of {0: "cat", 1: "dog"} or {"cat": 0, "dog": 1}."""
    pairs = list(names.items())
    if all(isinstance(key, str) for key, _ in pairs):
        pairs = [(place, key) for key, place in pairs]
    try:
        places = {int(place): name for place, name in pairs}
    except (TypeError, ValueError):
        places = {}
    if sorted(places) != list(range(len(names))):
        raise BadPlugin("classes is a mapping that does not count its names from 0: give their names in order")
    return [places[place] for place in range(len(places))]


def _text(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)


def _checked_size(size: Any) -> tuple[int, int] | None:
    """Height, width."""
    if size is None:
        return None
    sides = (size, size) if isinstance(size, int) else tuple(size)
    if len(sides) != 2 or not all(isinstance(side, int) and 1 <= side <= 4096 for side in sides):
        raise BadPlugin(f"size is {size!r}: give pixels a side, such as 64, or height and width, each from 1 to 4096")
    return sides
