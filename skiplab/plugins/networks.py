"""Decorators by which a plugin offers networks."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, overload

from pydantic import ValidationError

from skiplab.contract.spec import RunSpec
from skiplab.plugins.declarations import DeclaredModel, register
from skiplab.plugins.decorated import Built
from skiplab.plugins.failures import BadPlugin
from skiplab.plugins.keys import checked_key, key_of, name_of, valid

NOT_NETWORKS = ("test", "main")
"""Functions that people leave beside their networks begin with."""


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
        key, label = checked_key(key), label or str(key)
    own = dict(defaults or {})
    _check_defaults(key or "this network", own)

    def declare(build: Built) -> Built:
        if not callable(build):
            raise BadPlugin(
                f"model({key!r}) is of a {type(build).__name__}: give a class, or a function that builds it"
            )
        called = key or key_of(build)
        register(DeclaredModel(called, label or name_of(build) or called, build, paper, smallest, own))
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
        calling, nn = import_module("worker.plugins.calls"), import_module("torch.nn")
    except ImportError:
        return ", ".join(sorted(name for name in vars(module) if name[0] != "_")[:50]) or "nothing"
    is_buildable, wants = calling.is_buildable, calling.missing_arguments
    public = {name: value for name, value in vars(module).items() if name[0] != "_"}
    there = [name for name, value in public.items() if is_buildable(value) and not name.startswith(NOT_NETWORKS)]
    networks = (name for name, value in public.items() if isinstance(value, type) and issubclass(value, nn.Module))
    others = [f"{name} wants {', '.join(lacks)}" for name in networks if 0 < len(lacks := wants(public[name])) <= 2]
    listed = ", ".join(there[:50]) or "nothing that builds one"
    return f"{listed}; {', '.join(others[:10])}: declare a function around it" if others else listed


def _check_defaults(key: str, defaults: Mapping[str, Any]) -> None:
    if named := {"model", "dataset"} & defaults.keys():
        raise BadPlugin(f"defaults of {key!r} may not set {', '.join(sorted(named))}")
    try:
        RunSpec.model_validate({"epochs": 1000, **defaults, "model": "this", "dataset": "that"})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its fields"
        raise BadPlugin(f"defaults of {key!r}: {where}: {first['msg']}") from None
