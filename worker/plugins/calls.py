"""Calls what people have written with what it asks for: classes and the images' shape go by many names."""

import inspect
from collections.abc import Callable
from inspect import Parameter
from math import isqrt
from typing import Any

from skiplab.contract.check import ImageShape as Shape
from skiplab.plugins import BadPlugin
from worker.plugins.keyword_trials import call_first_fitting

CLASSES = (
    "classes",
    "num_classes",
    "n_classes",
    "nclasses",
    "numclasses",
    "nb_classes",
    "n_class",
    "num_class",
    "class_num",
    "classes_num",
    "class_count",
    "number_of_classes",
    "num_labels",
    "n_labels",
    "num_outputs",
    "n_outputs",
)
SHAPES = ("image_shape", "input_shape", "img_shape", "in_shape")
CHANNELS = (
    "in_channels",
    "channels",
    "in_chans",
    "num_channels",
    "n_channels",
    "input_channels",
    "image_channels",
    "img_channels",
    "in_channel",
    "input_channel",
    "in_ch",
)
SIDES = ("img_size", "image_size", "input_size", "imgsize", "im_size", "img_dim", "resolution", "input_resolution")

FLAT = ("input_size", "img_dim")
"""Of these, the ones that may count the values of a flattened image, or a layer's units."""

SMALLEST_SIDE, LARGEST_SIDE = 16, 512
"""Pixels, of images that networks have as their default."""

OFTEN_CLASSES = (
    "nc",
    "ncls",
    "n_cls",
    "num_cls",
    "categories",
    "num_categories",
    "outputs",
    "out_features",
    "output_size",
    "output_dim",
    "out_dim",
    "n_out",
    "num_out",
)
"""Names that mean the number of classes where nothing else is wanted."""

LETTERS = ("n", "k", "c")
"""The same, in a function alone: a class with an `n` is more often `n` blocks deep."""

OFTEN_SHAPES = ("shape",)

CONFIGS = ("cfg", "config", "conf", "args", "opt", "opts", "options", "hparams", "params")


def call_builder(build: Callable[..., Any], *, classes: int, image_shape: Shape) -> Any:
    """What `build` gives, called by the names of its own parameters.

    One without such a name gets the number of classes and the shape where its one or two arguments could mean them; one
    that hands `**kwargs` on is tried; one that wants nothing is called without. Raises BadPlugin where it wants what
    the lab does not know, and whatever it raises.
    """
    parameters = _parameters(build)
    if parameters is None:
        return build(classes=classes, image_shape=image_shape)
    known = _known(classes, image_shape)
    given = {
        each.name: _as_meant(each, known[each.name], image_shape)
        for each in parameters
        if each.name in known and _is_meant(each)
    }
    unnamed = [each for each in parameters if each.name not in given and _is_required(each)]
    if unnamed:
        guessed = None if given else _guessed(build, unnamed, classes, image_shape)
        if guessed is None:
            raise BadPlugin(_unknown(build, unnamed, given))
        return build(*guessed)
    if not given and any(each.kind is Parameter.VAR_POSITIONAL for each in parameters) and not _takes_any(parameters):
        return build(classes, image_shape)

    def call(**others: Any) -> Any:
        return _named(build, parameters, {**given, **others})

    if not _takes_any(parameters) or given.keys() & {*CLASSES}:
        return call()
    shape = {} if given else {"image_shape": image_shape}
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
    """What `load` gives: with the lab's folder where it takes an argument. Raises BadPlugin, and whatever it raises."""
    parameters = _parameters(load) or []
    required = [each for each in parameters if _is_required(each)]
    if len(required) > 1:
        raise BadPlugin(
            f"{called(load)} wants {', '.join(each.name for each in required)}: the lab gives one argument, its folder"
        )
    named = next((each for each in parameters if each.name == "home"), None)
    if named is not None and named.kind is not Parameter.POSITIONAL_ONLY:
        return load(home=home)
    if required and required[0].kind is Parameter.KEYWORD_ONLY:
        return load(**{required[0].name: home})
    return load(home) if required or any(each.kind is Parameter.VAR_POSITIONAL for each in parameters) else load()


def is_buildable(value: object) -> bool:
    """Whether it looks like a builder of networks: something to call that wants nothing which the lab does not know."""
    parameters = _parameters(value) if callable(value) else None
    return parameters is not None and not _strange(parameters)


def wants(value: object) -> list[str]:
    """Names of arguments by which it cannot be called as it is; of what is not to be called, none."""
    return _strange((_parameters(value) if callable(value) else None) or [])


def called(build: Callable[..., Any]) -> str:
    """Its name, for people."""
    inner = _inner(build)
    return getattr(inner, "__qualname__", type(inner).__name__)


def _inner(build: Callable[..., Any]) -> Callable[..., Any]:
    """What is called in the end, also by a partial."""
    own: Callable[..., Any] = inspect.unwrap(build)
    inner: Callable[..., Any] = getattr(own, "func", own)
    return inner


def _parameters(build: Callable[..., Any]) -> list[Parameter] | None:
    """None where Python cannot tell: it is written in C, say."""
    try:
        return list(inspect.signature(build).parameters.values())
    except (TypeError, ValueError):
        return None


def _known(classes: int, image_shape: Shape) -> dict[str, Any]:
    channels, height, width = image_shape
    side = height if height == width else (height, width)
    return {
        **dict.fromkeys(CLASSES, classes),
        **dict.fromkeys(SHAPES, image_shape),
        **dict.fromkeys(CHANNELS, channels),
        **dict.fromkeys(SIDES, side),
    }


def _is_named(parameter: Parameter) -> bool:
    return parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def _is_meant(parameter: Parameter) -> bool:
    """Channels that are 64 unless somebody says otherwise are the network's width, not the image's; and a size of 4,096
    is no image's either."""
    default = parameter.default
    is_width = parameter.name in CHANNELS and default not in (Parameter.empty, None, 1, 3)
    is_features = parameter.name in FLAT and type(default) is int and not SMALLEST_SIDE <= default <= LARGEST_SIDE
    return _is_named(parameter) and not is_width and (not is_features or _counts_values(parameter))


def _as_meant(parameter: Parameter, value: Any, image_shape: Shape) -> Any:
    """A side in the form of the default: `img_size=(32, 32)`, `input_size=3 * 32 * 32`."""
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
    """Whether a size is that of the flattened image, by its default."""
    default = parameter.default
    if parameter.name not in FLAT or type(default) is not int or default <= LARGEST_SIDE:
        return False
    return any(default == channels * isqrt(default // channels) ** 2 for channels in (1, 3))


def _is_required(parameter: Parameter) -> bool:
    return _is_named(parameter) and parameter.default is Parameter.empty


def _takes_any(parameters: list[Parameter]) -> bool:
    return any(each.kind is Parameter.VAR_KEYWORD for each in parameters)


def _strange(parameters: list[Parameter]) -> list[str]:
    known = {*CLASSES, *SHAPES, *CHANNELS, *SIDES}
    return [each.name for each in parameters if each.name not in known and _is_required(each)]


def _guessed(build: Callable[..., Any], unnamed: list[Parameter], classes: int, image_shape: Shape) -> list[Any] | None:
    """Their values in order, where their names could mean the number of classes and the shape, each once."""
    if any(each.kind is Parameter.KEYWORD_ONLY for each in unnamed):
        return None
    letters = () if inspect.isclass(_inner(build)) else LETTERS
    free: dict[str, Any] = {"classes": classes, "shape": image_shape}
    values: list[Any] = []
    for each in unnamed:
        meant = "shape" if each.name in OFTEN_SHAPES else "classes" if each.name in (*OFTEN_CLASSES, *letters) else None
        if not each.name.strip("_"):
            meant = next(iter(free), None)
        if meant not in free:
            return None
        values.append(free.pop(meant))
    return values


def _unknown(build: Callable[..., Any], unnamed: list[Parameter], given: dict[str, Any]) -> str:
    name, wanted = called(build), [each.name for each in unnamed]
    if len(wanted) == 1 and wanted[0] in CONFIGS and not given:
        call = f"{name}(Config(num_classes=num_classes))"
    else:
        others = [f"{each}=num_classes" for each in given if each in CLASSES]
        call = f"{name}({', '.join([*(f'{each}=...' for each in wanted), *others])})"
    return (
        f"{name} wants {', '.join(wanted)}, which the lab does not know: it gives `classes` (or {CLASSES[1]}) and"
        f" `image_shape` (or {CHANNELS[0]}, {SIDES[0]}). Give the others a default, or declare a function around it:"
        f' model("x", lambda num_classes: {call})'
    )


def _named(build: Callable[..., Any], parameters: list[Parameter], given: dict[str, Any]) -> Any:
    by_place = [
        given[each.name] for each in parameters if each.name in given and each.kind is Parameter.POSITIONAL_ONLY
    ]
    placed = {each.name for each in parameters if each.kind is Parameter.POSITIONAL_ONLY}
    return build(*by_place, **{name: value for name, value in given.items() if name not in placed})
