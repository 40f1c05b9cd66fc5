"""The spec of a lab run as any version stored it: read as it ran, never refused by today's bounds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from skiplab.contract.config import LaterVersion, upgraded
from skiplab.contract.spec import RunSpec
from skiplab.contract.validation import got, message_of

REMEMBERED = 8192
"""Configs whose reading is kept. Validating one takes 0.1 ms, and a page asks for thousands of runs at once."""

LONGEST_SHOWN = 40
"""Characters of a value in a sentence."""

OUT_OF_BOUNDS = {
    "greater_than",
    "greater_than_equal",
    "less_than",
    "less_than_equal",
    "literal_error",
    "string_pattern_mismatch",
    "string_too_long",
    "too_long",
}
"""Pydantic's error types for a value of the right type that today's bounds refuse."""


def _as_read(value: Any, validate: ValidatorFunctionWrapHandler) -> RunSpec:
    spec: RunSpec = value if isinstance(value, RunSpec) else validate(value)
    return spec


SpecAsRead = Annotated[RunSpec, WrapValidator(_as_read)]
"""A spec that has been read is not checked again: rules between fields would refuse it after all."""


@dataclass(frozen=True)
class StoredSpec:
    spec: RunSpec
    """Values beyond today's bounds are kept; what is of no use at all has its default."""

    problem: str | None
    """Why this version cannot train it; None where it can."""


@dataclass(frozen=True)
class _Stored:
    """A config that can be looked up: by its text, which tells 1 from 1.0 and True."""

    text: str
    config: Any = field(compare=False)


def read(config: Any, version: int, *, model: str | None, dataset: str | None) -> StoredSpec:
    """Never raises. `model` and `dataset` are the row's own columns, for a config that has lost them."""
    return _read(_Stored(repr(config), config), version, model, dataset)


@lru_cache(REMEMBERED)
def _read(stored: _Stored, version: int, model: str | None, dataset: str | None) -> StoredSpec:
    given = stored.config if isinstance(stored.config, dict) else {}
    problem = None
    try:
        given = upgraded(given, version)
    except LaterVersion as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001  # a damaged config may break its upgrade in any way
        problem = f"it cannot be upgraded: {type(error).__name__}: {error}"
    try:
        return StoredSpec(RunSpec.model_validate(given), problem)
    except ValidationError as error:
        refused = error.errors(include_url=False)
    spec = _salvaged(given, refused, model, dataset)
    return StoredSpec(spec, problem or "; ".join(_sentence(each) for each in refused))


def _salvaged(
    given: Mapping[str, Any], problems: Iterable[Mapping[str, Any]], model: str | None, dataset: str | None
) -> RunSpec:
    """What can be shown of a config that today's class refuses."""
    unusable = {str(each["loc"][0]) for each in problems if each["loc"] and not _is_out_of_bounds(each)}
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.items()
        if name in RunSpec.model_fields and name not in unusable
    }
    return RunSpec.model_construct(**({"model": model or "", "dataset": dataset or ""} | kept))


def _is_out_of_bounds(problem: Mapping[str, Any]) -> bool:
    if problem["type"] == "literal_error" and not isinstance(problem["input"], str):
        return False
    return problem["type"] in OUT_OF_BOUNDS


def _sentence(problem: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in problem["loc"])
    message = message_of(problem)
    given = problem["input"]
    if isinstance(given, str) and len(given) > LONGEST_SHOWN:
        given = f"{given[: LONGEST_SHOWN - 1]}…"
    return f"{name}: {message}{got(given, message)}" if name else message
