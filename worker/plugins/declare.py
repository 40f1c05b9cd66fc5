"""What a plugin writes above its functions. A decorator only marks; nothing is registered anywhere."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from backend.contract.spec import RunSpec

KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}")
RESERVED = ("torchvision.", "plugin.")
MARK = "__skiplab__"

Marked = TypeVar("Marked", bound=Callable[..., Any])


class BadPlugin(Exception):
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
    classes: tuple[str, ...]
    source: str


Declared = DeclaredModel | DeclaredDataset


def model(
    key: str,
    *,
    label: str | None = None,
    paper: str | None = None,
    smallest: int | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Callable[[Marked], Marked]:
    """Offer a network: put it above `build(classes, image_shape)`, which gives a `torch.nn.Module`.

    `image_shape` is channels, height, width; the module takes images N x channels x height x width and gives logits
    N x classes. `smallest`: pixels a side that it needs. `defaults`: fields of a run, such as `learning_rate`, that
    the network sets when neither the request nor its preset does.
    """
    _check_key(key)
    own = dict(defaults or {})
    _check_defaults(key, own)

    def mark(build: Marked) -> Marked:
        setattr(build, MARK, DeclaredModel(key, label or key, build, paper, smallest, own))
        return build

    return mark


def dataset(
    key: str, *, classes: Sequence[str], label: str | None = None, source: str = "a plugin"
) -> Callable[[Marked], Marked]:
    """Offer a data set: put it above `load(home)`, which gives `train_images, train_labels, test_images, test_labels`.

    Images are bytes, N x height x width x 3; labels are whole numbers from 0, places in `classes`. `home` is the lab's
    folder: what is expensive to make may be kept under `home / "datasets"`.
    """
    _check_key(key)

    def mark(load: Marked) -> Marked:
        setattr(load, MARK, DeclaredDataset(key, label or key, load, tuple(classes), source))
        return load

    return mark


def declared(objects: Iterable[object]) -> list[Declared]:
    """What marked objects declare, each once, in order. A class does not pass its mark on to subclasses."""
    found = [vars(each).get(MARK) for each in objects if hasattr(each, "__dict__")]
    return list({id(each): each for each in found if isinstance(each, DeclaredModel | DeclaredDataset)}.values())


def _check_key(key: str) -> None:
    if not KEY.fullmatch(key) or key.startswith(RESERVED):
        raise BadPlugin(
            f"{key!r} cannot be a key: use a-z, 0-9, '_', '.' and '-', at most 64 of them, and do not begin with"
            f" {' or '.join(RESERVED)}"
        )


def _check_defaults(key: str, defaults: Mapping[str, Any]) -> None:
    if named := {"model", "dataset"} & defaults.keys():
        raise BadPlugin(f"defaults of {key!r} may not set {', '.join(sorted(named))}")
    try:
        RunSpec.model_validate({"epochs": 1000, **defaults, "model": key, "dataset": key})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its fields"
        raise BadPlugin(f"defaults of {key!r}: {where}: {first['msg']}") from None
