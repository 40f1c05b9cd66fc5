"""What users log, as numbers and JSON. Objects of numpy, torch and JAX are read by their own methods, so that none of
these packages is imported here."""

from collections.abc import Iterator, Mapping
from typing import Any

from skiplab.client import notices

LONGEST_TEXT = 10_000
"""Characters of a text in config or summary."""

DEEPEST = 8
"""Levels of nested values in config and summary; deeper ones become text."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def number(value: Any) -> float | None:
    """Return a number or a tensor of one element as a float; None for anything else."""
    if isinstance(value, str | bytes):
        return None
    if hasattr(value, "item"):
        if getattr(value, "size", 1) != 1 and not _has_one_element(value):
            return None
        value = value.item()
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    except (TypeError, ValueError):
        return None


def flat(data: Mapping[Any, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of a nested dict: {"a": {"b": 1}} is ("a.b", 1)."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def json_of(value: Any, depth: int = 0) -> Json:
    """Return a value as JSON: unknown objects as text, NaN and infinities as text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if depth < DEEPEST:
        if isinstance(value, Mapping):
            return {text_of(str(key)): json_of(each, depth + 1) for key, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [json_of(each, depth + 1) for each in value]
        if hasattr(value, "tolist"):
            return json_of(value.tolist(), depth + 1)
    return text_of(str(value))


def text_of(value: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text that can be stored: valid Unicode without NUL, not too long."""
    return value[:longest].encode("utf-8", "replace").decode().replace("\0", "")


def options(config: Any) -> dict[str, Any]:
    """Return a config given as a dict, an argparse.Namespace, or another object with fields; None is empty."""
    if config is None:
        return {}
    if isinstance(config, Mapping):
        return {str(key): value for key, value in config.items()}
    if isinstance(config, str | list):  # names of files, in W&B
        notices.say_once("init(config=...) takes a dict or an object with fields, and ignores file names.")
        return {}
    return {name: value for name, value in vars(config).items() if not name.startswith("_")}


def _has_one_element(value: Any) -> bool:
    """Return whether an array or tensor has one element; `size` is a number in numpy and a method in torch."""
    count = value.numel() if hasattr(value, "numel") else value.size
    return bool(count == 1)
