"""A spec as an earlier version of the lab stored it: read as it ran, never by today's bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from skiplab.contract.spec import RunSpec

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


def read(stored: Any, *, model: str, dataset: str) -> StoredSpec:
    """Never raises. `model` and `dataset` are the row's own columns, for a spec that has lost them."""
    given = stored if isinstance(stored, dict) else {}
    try:
        return StoredSpec(RunSpec.model_validate(given), None)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
    unusable = {str(each["loc"][0]) for each in problems if each["loc"] and not _is_out_of_bounds(each)}
    kept: dict[str, Any] = {
        field: tuple(value) if isinstance(value, list) else value
        for field, value in given.items()
        if field in RunSpec.model_fields and field not in unusable
    }
    spec = RunSpec.model_construct(**({"model": model, "dataset": dataset} | kept))
    return StoredSpec(spec, "; ".join(_sentence(each) for each in problems))


def _is_out_of_bounds(problem: Mapping[str, Any]) -> bool:
    if problem["type"] == "literal_error" and not isinstance(problem["input"], str):
        return False
    return problem["type"] in OUT_OF_BOUNDS


def _sentence(problem: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    return f"{field}: {message}, got {_short(problem['input'])}" if field else message


def _short(value: Any, most: int = 40) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
