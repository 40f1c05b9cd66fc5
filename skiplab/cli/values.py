"""Values of spec fields given as text, and the fields' names: shared by flags, `--vary` and files."""

import re
from collections.abc import Mapping
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import yaml

from skiplab.contract.spec import ABOUT, RunFields

NOT_SET = frozenset({"none", "null", "off", ""})
"""Texts for "no value", for fields that may have none."""

RANGE = re.compile(r"(\d+)-(\d+)")

NAMES: Mapping[str, str] = {
    **{about.short: name for name, about in ABOUT.items() if about.short},
    **{name.replace("_", "-"): name for name in ABOUT},
    **{name: name for name in ABOUT},
}
"""Every way to write a field's name, such as `lr`, `learning-rate` and `learning_rate`, to the name."""


class BadValue(ValueError):
    """A text that is no value of its field, or no field's name; the message says what is allowed."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2's numbers: to PyYAML, which follows 1.1, `1e-3` is a text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:float"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$"),
    list("-+0123456789."),
)


def load(text: str) -> Any:
    """Parse YAML, of which JSON is a part. Raises BadValue."""
    try:
        return yaml.load(text, _Loader)  # a subclass of the safe loader
    except yaml.YAMLError as error:
        raise BadValue(f"not valid YAML: {error}") from error


def field_named(name: str) -> str:
    """Return a field by any of its names. Raises BadValue."""
    if name not in NAMES:
        raise BadValue(f"unknown field {name!r}; fields: {', '.join(ABOUT)}")
    return NAMES[name]


def value(field: str, text: str) -> Any:
    """Convert a text to a value of the field; the lab validates it."""
    kinds = kinds_of(field)
    if NoneType in kinds and text.lower() in NOT_SET:
        return None
    if str in kinds:
        return text
    return load(f"[{text}]") if tuple in kinds else load(text)


def values(field: str, text: str) -> list[Any]:
    """Convert texts separated by commas; `0-4` in whole numbers is a range; lists in brackets for fields of lists."""
    kinds = kinds_of(field)
    if tuple in kinds:
        found = load(f"[{text}]")
        return found if isinstance(found, list) else [found]
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if int not in kinds:
        return [value(field, part) for part in parts]
    return [number for part in parts for number in _numbers(field, part)]


def kinds_of(field: str) -> set[Any]:
    """Return the Python types of a field's values; `str` for enumerations."""
    return set(_kinds(RunFields.model_fields[field].annotation))


def choices_of(field: str) -> list[str]:
    """Return the values of an enumeration, or of the items of a list of one; empty for other fields."""
    return [*ABOUT[field].choices]


def _kinds(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Literal:
        return [str]
    if origin is tuple:
        return [tuple]
    if origin is not None:
        return [kind for part in get_args(annotation) for kind in _kinds(part)]
    return [annotation]


def _numbers(field: str, text: str) -> list[Any]:
    if not (found := RANGE.fullmatch(text)):
        return [value(field, text)]
    return list(range(int(found[1]), int(found[2]) + 1))
