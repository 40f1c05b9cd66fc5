"""Read stored specs of lab runs, whichever version wrote them; current bounds refuse none."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from skiplab.contract.config import LaterVersion, upgraded
from skiplab.contract.spec import RunSpec
from skiplab.contract.validation import got, message_of

CACHE_SIZE = 8192
"""Configs whose specs are cached. Validating one takes 0.1 ms, and one response may list thousands of runs."""

LONGEST_VALUE = 40
"""Maximum characters of a value in a message; longer ones are truncated."""

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
"""Pydantic's error types for a value of the right type outside the current bounds."""


def _as_read(value: Any, validate: ValidatorFunctionWrapHandler) -> RunSpec:
    spec: RunSpec = value if isinstance(value, RunSpec) else validate(value)
    return spec


SpecAsRead = Annotated[RunSpec, WrapValidator(_as_read)]
"""A RunSpec that is not validated again: its cross-field rules may refuse a stored spec."""


@dataclass(frozen=True)
class StoredSpec:
    spec: RunSpec
    """Values outside the current bounds are kept; unusable ones are replaced by the default."""

    problem: str | None
    """Why this version cannot train it; None if it can."""


def read(config: Any, version: int, *, model: str | None, dataset: str | None) -> StoredSpec:
    """Return the spec of a stored config; never raises.

    `model` and `dataset` are columns of the run's row, used if the config lacks them.
    """
    return read_json(json.dumps(config), version, model, dataset)


@lru_cache(CACHE_SIZE)
def read_json(config: str, version: int, model: str | None, dataset: str | None) -> StoredSpec:
    """Return the same of a config's JSON, which distinguishes 1, 1.0 and True as a cache key must."""
    given, problem = parsed(config), None
    try:
        given = upgraded(given, version)
    except LaterVersion as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001  # a damaged config may break its upgrade in any way
        problem = f"its config cannot be upgraded: {type(error).__name__}: {error}"
    try:
        return StoredSpec(RunSpec.model_validate(given), problem)
    except ValidationError as error:
        refused = error.errors(include_url=False)
    spec = _salvaged(given, refused, model, dataset)
    return StoredSpec(spec, problem or "; ".join(_sentence(each) for each in refused))


def parsed(config: str) -> dict[str, Any]:
    """Return the config, which is empty if its JSON is damaged."""
    try:
        given = json.loads(config)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _salvaged(
    given: Mapping[str, Any], problems: Iterable[Mapping[str, Any]], model: str | None, dataset: str | None
) -> RunSpec:
    """Return the usable fields of a config that RunSpec refuses, with defaults for the others."""
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
    if isinstance(given, str) and len(given) > LONGEST_VALUE:
        given = f"{given[: LONGEST_VALUE - 1]}…"
    return f"{name}: {message}{got(given, message)}" if name else message
