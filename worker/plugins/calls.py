"""Call builders and loaders of plugins with the arguments that they take, under whichever names."""

import inspect
from collections.abc import Callable
from inspect import Parameter
from math import isqrt
from typing import Any

from skiplab.contract.check import ImageShape as Shape
from skiplab.plugins import BadPlugin
from worker.plugins.argument_names import (
    CHANNELS,
    CLASSES,
    CONFIGS,
    FLAT,
    LARGEST_SIDE,
    LETTERS,
    LIKELY_CLASSES,
    LIKELY_SHAPES,
    SHAPES,
    SIDES,
    SMALLEST_SIDE,
    values_by_name,
)
from worker.plugins.keyword_trials import call_first_fitting


def call_builder(build: Callable[..., Any], *, classes: int, image_shape: Shape) -> Any:
    """Call a network builder with the number of classes and the image shape (C, H, W), under its parameters' names.

    Without known names, one or two required parameters are taken for these if their names allow it. A builder with
    `**kwargs` is tried with several names. One without required parameters is called without arguments. Raises
    BadPlugin for other required parameters, and whatever the builder raises.
    """
    parameters = _parameters(build)
    if parameters is None:  # no signature: the documented names are the best guess
        return build(classes=classes, image_shape=image_shape)
    known = values_by_name(classes, image_shape)
    given = {
        each.name: _as_meant(each, known[each.name], image_shape)
        for each in parameters
        if each.name in known and _is_meant(each)
    }
    unnamed = [each for each in parameters if each.name not in given and _is_required(each)]
    if unnamed:
        guessed = None if given else _guessed(build, unnamed, classes, image_shape)
        if guessed is None:
            raise BadPlugin(_refusal(build, unnamed, given))
        return build(*guessed)
    if not given and any(each.kind is Parameter.VAR_POSITIONAL for each in parameters) and not _takes_any(parameters):
        return build(classes, image_shape)

    def call(**others: Any) -> Any:
        return _named(build, parameters, {**given, **others})

    if not _takes_any(parameters) or given.keys() & {*CLASSES}:
        return call()
    shape = {} if given else {"image_shape": image_shape}
    # torchvision's name first, then the documented ones; without any last.
    names: tuple[dict[str, Any], ...] = (
        {"num_classes": classes},
        {"classes": classes, **shape},
        {"classes": classes},
        {"n_classes": classes},
        {"num_class": classes},
        {},
    )
    return call_first_fitting(call, names, classes=classes, image_shape=image_shape)


def call_loader(load: Callable[..., Any], home: Any) -> Any:
    """Call a plugin's `load`, with the home folder if it takes an argument.

    Raises BadPlugin if it requires more, and whatever it raises.
    """
    parameters = _parameters(load) or []
    required = [each for each in parameters if _is_required(each)]
    if len(required) > 1:
        raise BadPlugin(
            f"{called(load)} requires {', '.join(each.name for each in required)}, but is called with one argument,"
            " the home folder: give the others a default"
        )
    # An optional parameter gets the folder only if it has this name: others may be options of the plugin's own.
    named = next((each for each in parameters if each.name == "home"), None)
    if named is not None and named.kind is not Parameter.POSITIONAL_ONLY:
        return load(home=home)
    if required and required[0].kind is Parameter.KEYWORD_ONLY:
        return load(**{required[0].name: home})
    return load(home) if required or any(each.kind is Parameter.VAR_POSITIONAL for each in parameters) else load()


def is_buildable(value: object) -> bool:
    """Return whether a value can be called with the arguments that a network builder gets."""
    parameters = _parameters(value) if callable(value) else None
    return parameters is not None and not _unknown_names(parameters)


def missing_arguments(value: object) -> list[str]:
    """Return the names of required parameters that a builder would not get; none for values that are not callable."""
    return _unknown_names((_parameters(value) if callable(value) else None) or [])


def called(build: Callable[..., Any]) -> str:
    """Return the name of a builder for messages."""
    inner = _inner(build)
    return getattr(inner, "__qualname__", type(inner).__name__)


def _inner(build: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function or class inside decorators and `functools.partial`."""
    own: Callable[..., Any] = inspect.unwrap(build)
    inner: Callable[..., Any] = getattr(own, "func", own)
    return inner


def _parameters(build: Callable[..., Any]) -> list[Parameter] | None:
    """Return the parameters; None if they are unknown, as for many functions written in C."""
    try:
        return list(inspect.signature(build).parameters.values())
    except (TypeError, ValueError):
        return None


def _is_named(parameter: Parameter) -> bool:
    return parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def _is_meant(parameter: Parameter) -> bool:
    """Return whether a known name has its usual meaning, judging by the default.

    A default of 64 channels is the width of the network, not of the image; a size of 4,096 is that of a layer.
    """
    default = parameter.default
    is_width = parameter.name in CHANNELS and default not in (Parameter.empty, None, 1, 3)
    is_features = parameter.name in FLAT and type(default) is int and not SMALLEST_SIDE <= default <= LARGEST_SIDE
    return _is_named(parameter) and not is_width and (not is_features or _counts_values(parameter))


def _as_meant(parameter: Parameter, value: Any, image_shape: Shape) -> Any:
    """Return the value in the form of the default, such as `img_size=(32, 32)` or `input_size=3 * 32 * 32`."""
    default = parameter.default
    if parameter.name not in SIDES:
        return value
    channels, height, width = image_shape
    if isinstance(default, tuple | list):
        forms: dict[int, tuple[int, ...]] = {1: (height,), 2: (height, width), 3: image_shape}
        is_last = len(default) == 3 and default[-1] in (1, 3) and default[0] not in (1, 3)
        return (height, width, channels) if is_last else forms.get(len(default), default)
    return channels * height * width if _counts_values(parameter) else value


def _counts_values(parameter: Parameter) -> bool:
    """Return whether the default is the size of a flattened square image, with one or three channels."""
    default = parameter.default
    if parameter.name not in FLAT or type(default) is not int or default <= LARGEST_SIDE:
        return False
    return any(default == channels * isqrt(default // channels) ** 2 for channels in (1, 3))


def _is_required(parameter: Parameter) -> bool:
    return _is_named(parameter) and parameter.default is Parameter.empty


def _takes_any(parameters: list[Parameter]) -> bool:
    return any(each.kind is Parameter.VAR_KEYWORD for each in parameters)


def _unknown_names(parameters: list[Parameter]) -> list[str]:
    known = {*CLASSES, *SHAPES, *CHANNELS, *SIDES}
    return [each.name for each in parameters if each.name not in known and _is_required(each)]


def _guessed(build: Callable[..., Any], unnamed: list[Parameter], classes: int, image_shape: Shape) -> list[Any] | None:
    """Return values for parameters whose names could mean the number of classes and the shape, once each."""
    if any(each.kind is Parameter.KEYWORD_ONLY for each in unnamed):
        return None
    letters = () if inspect.isclass(_inner(build)) else LETTERS
    free: dict[str, Any] = {"classes": classes, "shape": image_shape}
    values: list[Any] = []
    for each in unnamed:
        meant = "shape" if each.name in LIKELY_SHAPES else None
        if each.name in (*LIKELY_CLASSES, *letters):
            meant = "classes"
        if not each.name.strip("_"):  # `_` or `__`: whatever comes next in the documented order
            meant = next(iter(free), None)
        if meant not in free:
            return None
        values.append(free.pop(meant))
    return values


def _refusal(build: Callable[..., Any], unnamed: list[Parameter], given: dict[str, Any]) -> str:
    name, wanted = called(build), [each.name for each in unnamed]
    if len(wanted) == 1 and wanted[0] in CONFIGS and not given:
        call = f"{name}(Config(num_classes=num_classes))"
    else:
        others = [f"{each}=num_classes" for each in given if each in CLASSES]
        call = f"{name}({', '.join([*(f'{each}=...' for each in wanted), *others])})"
    return (
        f"{name} requires {', '.join(wanted)}, but is called with `classes` (or {CLASSES[1]}) and `image_shape` (or"
        f" {CHANNELS[0]}, {SIDES[0]}). Give the others a default, or declare a function around it:"
        f' model("x", lambda num_classes: {call})'
    )


def _named(build: Callable[..., Any], parameters: list[Parameter], given: dict[str, Any]) -> Any:
    """Call a builder with arguments by name, positional-only ones by position."""
    positional = [
        given[each.name] for each in parameters if each.name in given and each.kind is Parameter.POSITIONAL_ONLY
    ]
    positional_names = {each.name for each in parameters if each.kind is Parameter.POSITIONAL_ONLY}
    return build(*positional, **{name: value for name, value in given.items() if name not in positional_names})
