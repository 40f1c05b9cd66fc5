"""Decorators by which a plugin offers its networks, data sets and metrics. Each call registers one declaration.

Light: a plugin's file is imported where there may be no torch.
"""

import re
import types
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice
from typing import Any, TypeVar, get_args, overload

from pydantic import ValidationError

from skiplab.contract.failures import CannotTrain
from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Better, Part, Quantity, Unit
from skiplab.contract.spec import RunSpec

KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}")
RESERVED = ("torchvision.", "plugin.")

NOT_NETWORKS = ("test", "main")
"""Functions that people leave beside their networks begin with."""

MOST_CLASSES = 100_000

Built = TypeVar("Built", bound=Callable[..., Any])


class BadPlugin(CannotTrain):
    """A plugin's code says something that the lab cannot take; the message tells what and what is allowed."""


@dataclass(frozen=True)
class DeclaredModel:
    key: str
    label: str
    build: Callable[..., Any]
    paper: str | None = None
    smallest: int | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DeclaredDataset:
    key: str
    label: str
    load: Callable[..., Any]
    classes: tuple[str, ...] | None  # None: taken from the data
    source: str
    size: tuple[int, int] | None = None  # height, width that images are brought to; None: as they are


EVALUATED: tuple[Part, ...] = ("train_eval", "val", "test")
"""The parts that a network is evaluated on after each epoch, as far as a run has them."""

PARTS_IN_WORDS: Mapping[Part, str] = {"train_eval": "training, eval mode", "val": "validation", "test": "test"}


@dataclass(frozen=True)
class DeclaredMetric:
    key: str  # without the part
    title: str
    unit: Unit
    better: Better
    compute: Callable[..., Any]

    def quantities(self, plugin: str) -> list[Quantity]:
        """One for each part that it is computed on, under its full key."""
        return [
            Quantity(
                key=f"{part}/{self.key}",
                title=f"{self.title} ({PARTS_IN_WORDS[part]})",
                unit=self.unit,
                better=self.better,
                part=part,
                lowest=None,
                plugin=plugin,
            )
            for part in EVALUATED
        ]


Declared = DeclaredModel | DeclaredDataset | DeclaredMetric

_registry: list[Declared] = []
"""All declarations of this process, in order."""


@overload
def model(key: Built, /) -> Built: ...


@overload
def model(
    key: str | None,
    build: Built,
    /,
    *,
    label: str | None = None,
    paper: str | None = None,
    smallest: int | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Built: ...


@overload
def model(
    key: str | None = None,
    /,
    *,
    label: str | None = None,
    paper: str | None = None,
    smallest: int | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Callable[[Built], Built]: ...


def model(
    key: Any = None,
    build: Any = None,
    /,
    *,
    label: str | None = None,
    paper: str | None = None,
    smallest: int | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Any:
    """Offer a network: `@model("key")` above what builds a `torch.nn.Module`, or `model("key", build)` anywhere.

    `build` gets the number of classes and the images' shape (channels, height, width) by the names of its parameters,
    such as `classes` or `num_classes`, `image_shape` or `in_channels` and `img_size`. The module takes images
    N x channels x height x width and gives logits N x classes. Without a key, the name of `build` is the key.
    `smallest`: pixels a side that it needs. `defaults`: fields of a run, such as `learning_rate`, that the network sets
    when neither the request nor its preset does.
    """
    if callable(key) and build is None:
        key, build = None, key
    if key is not None:
        key, label = _checked_key(key), label or str(key)
    own = dict(defaults or {})
    _check_defaults(key or "this network", own)

    def declare(build: Built) -> Built:
        if not callable(build):
            raise BadPlugin(
                f"model({key!r}) is of a {type(build).__name__}: give a class, or a function that builds it"
            )
        called = key or _key_of(build)
        _registry.append(DeclaredModel(called, label or _name_of(build) or called, build, paper, smallest, own))
        return build

    return declare if build is None else declare(build)


def models_of(module: Any, *names: str, prefix: str = "") -> None:
    """Offer networks of a module that was not written for the lab, by the names of what builds them.

    `prefix` begins their keys, where the bare names are taken. Raises BadPlugin for a name that is not there.
    """
    where = getattr(module, "__name__", type(module).__name__)
    if not names or any(not hasattr(module, name) for name in names):
        lacks = [name for name in names if not hasattr(module, name)]
        what = f"{where} has no {', '.join(lacks)}" if lacks else f"models_of({where}) names no network"
        raise BadPlugin(f"{what}; it has {_what_builds(module)}")
    for name in names:
        model(f"{prefix}{valid(name)}", getattr(module, name), label=name)


def _what_builds(module: Any) -> str:
    """The networks of a module by their names, and those that can only be declared one by one."""
    try:
        # By name: a plugin's file may be read where neither is installed.
        calling, nn = import_module("worker.plugins.calling"), import_module("torch.nn")
    except ImportError:
        return ", ".join(sorted(name for name in vars(module) if name[0] != "_")[:50]) or "nothing"
    is_buildable, wants = calling.is_buildable, calling.wants
    public = {name: value for name, value in vars(module).items() if name[0] != "_"}
    there = [name for name, value in public.items() if is_buildable(value) and not name.startswith(NOT_NETWORKS)]
    networks = (name for name, value in public.items() if isinstance(value, type) and issubclass(value, nn.Module))
    others = [f"{name} wants {', '.join(lacks)}" for name in networks if 0 < len(lacks := wants(public[name])) <= 2]
    listed = ", ".join(there[:50]) or "nothing that builds one"
    return f"{listed}; {', '.join(others[:10])}: declare a function around it" if others else listed


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
    """Offer a data set: `@dataset("key")` above `load(home)`, which gives images and labels to train, then to test.

    Best are `train_images, train_labels, test_images, test_labels`: images as bytes, N x height x width x 3, and
    labels as whole numbers from 0, places in `classes`. Other usual forms are converted (`worker.plugins.forms`), and
    so are two data sets of torch, to train and to test. `home` is the lab's folder: what is expensive to make may be
    kept under `home / "datasets"`. Without `classes` they are taken from the data. `size`: pixels a side, or height
    and width, that all images are brought to.
    """
    if callable(key) and load is None:
        key, load = None, key
    if key is not None:
        key, label = _checked_key(key), label or str(key)
    names, sides = class_names(classes), _checked_size(size)

    def declare(load: Built) -> Built:
        if not callable(load):
            raise BadPlugin(f"dataset({key!r}) is of a {type(load).__name__}: give a function that loads it")
        called = key or _key_of(load)
        _registry.append(DeclaredDataset(called, label or _name_of(load) or called, load, names, source, sides))
        return load

    return declare if load is None else declare(load)


METRIC_KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]*(/[a-z0-9][a-z0-9_.\-]*)*")

LONGEST_METRIC_KEY = 48


def metric(
    key: str, /, *, unit: str = "none", better: str = "none", title: str | None = None
) -> Callable[[Built], Built]:
    """Offer a metric: `@metric("f1/macro", unit="fraction", better="higher")` above `compute(logits, labels)`.

    It is called after each epoch of every run, for each part that the network is evaluated on, with the whole part:
    `logits`, float32, N x classes, and `labels`, int64, N, both on the CPU. It gives one number, which is stored as
    `test/f1/macro`, `val/f1/macro` and `train_eval/f1/macro`. Raises BadPlugin.
    """
    taken = [f"{part}/{key}" for part in EVALUATED if f"{part}/{key}" in set(Metric)]
    if not METRIC_KEY.fullmatch(key) or len(key) > LONGEST_METRIC_KEY:
        raise BadPlugin(
            f"{key!r} cannot be a metric's key: use a-z, 0-9, '_', '.', '-' and '/' between its parts, at most"
            f" {LONGEST_METRIC_KEY} of them, such as 'f1/macro'"
        )
    if taken:
        raise BadPlugin(f"{key!r} cannot be a metric's key: {taken[0]} is one of the lab's own")
    checked_unit = _one_of("unit", unit, get_args(Unit), key)
    checked_better = _one_of("better", better, get_args(Better), key)

    def declare(compute: Built) -> Built:
        if not callable(compute):
            raise BadPlugin(f"metric({key!r}) is of a {type(compute).__name__}: give a function of logits and labels")
        _registry.append(DeclaredMetric(key, title or key, checked_unit, checked_better, compute))
        return compute

    return declare


def _one_of(what: str, given: str, allowed: tuple[Any, ...], key: str) -> Any:
    if given not in allowed:
        raise BadPlugin(f"metric({key!r}): {what} is {given!r}: give one of {', '.join(map(repr, allowed))}")
    return given


@contextmanager
def recorded() -> Iterator[list[Declared]]:
    """What is declared meanwhile: filled at the end, also after an exception."""
    found: list[Declared] = []
    first = len(_registry)
    try:
        yield found
    finally:
        found += _registry[first:]


def declared_by(named: object) -> list[Declared]:
    """What was declared of this function or class, or, of a module, of all that it names or that is defined in it:
    whenever that was, since a module is run once."""
    if not isinstance(named, types.ModuleType):
        return [each for each in _registry if _made_by(each) is named]
    own = {id(value) for value in vars(named).values()}
    return [each for each in _registry if id(_made_by(each)) in own or _is_within(_made_by(each), named.__name__)]


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


def valid(name: str) -> str:
    """A key that is as close to the name as keys allow."""
    return re.sub(r"[^a-z0-9_.\-]+", "_", name.lower()).strip("_.-")[:64]


def _made_by(declared: Declared) -> Callable[..., Any]:
    match declared:
        case DeclaredModel():
            return declared.build
        case DeclaredDataset():
            return declared.load
        case DeclaredMetric():
            return declared.compute


def _is_within(value: object, module: str) -> bool:
    where = getattr(value, "__module__", None) or ""
    return where == module or where.startswith(f"{module}.")


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


def _name_of(build: Callable[..., Any]) -> str | None:
    inner = getattr(build, "func", build)  # of a partial
    name = getattr(inner, "__name__", None)
    return name if isinstance(name, str) and name != "<lambda>" else None


def _key_of(build: Callable[..., Any]) -> str:
    key = valid(_name_of(build) or "")
    if not key:
        raise BadPlugin(f"a {type(build).__name__} without a name needs a key: @model('key'), or model('key', build)")
    return _checked_key(key)


def _checked_key(key: object) -> str:
    """Capitals are written small, as in addresses; whoever writes something else is told what a key is."""
    if not isinstance(key, str) or not KEY.fullmatch(key.lower()) or key.lower().startswith(RESERVED):
        raise BadPlugin(
            f"{key!r} cannot be a key: use a-z, 0-9, '_', '.' and '-', at most 64 of them, and do not begin with"
            f" {' or '.join(RESERVED)}"
        )
    return key.lower()


def _check_defaults(key: str, defaults: Mapping[str, Any]) -> None:
    if named := {"model", "dataset"} & defaults.keys():
        raise BadPlugin(f"defaults of {key!r} may not set {', '.join(sorted(named))}")
    try:
        RunSpec.model_validate({"epochs": 1000, **defaults, "model": "this", "dataset": "that"})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its fields"
        raise BadPlugin(f"defaults of {key!r}: {where}: {first['msg']}") from None
