"""A file that says what to submit: fields of a run, or `spec`, `vary` and `preset` of several."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from skiplab.cli.values import BadValue, field_named, load
from skiplab.contract.lifecycle import Priority
from skiplab.contract.spec import RunFields
from skiplab.contract.validation import message_of


class SpecFile(BaseModel):
    """What `skiplab submit` sends."""

    model_config = ConfigDict(extra="forbid")

    spec: dict[str, Any] = Field(default_factory=dict)
    vary: dict[str, list[Any]] = Field(default_factory=dict)
    preset: str | None = None
    name: str | None = None
    experiment: int | str | None = None
    tags: list[str] | None = None
    priority: Priority | None = None


def read(text: str) -> SpecFile:
    """Parse YAML or JSON. Fields may stand beside the other keys, as in a POST to /runs. Raises BadValue."""
    found = load(text)
    if not isinstance(found, dict):
        raise BadValue("expected fields with their values, such as `model: cnn`")
    flat = {name: found.pop(name) for name in [*found] if name in RunFields.model_fields}
    try:
        parsed = SpecFile.model_validate(found)
    except ValidationError as error:
        raise BadValue("; ".join(_sentence(each) for each in error.errors())) from None
    named = {field_named(name): value for name, value in {**flat, **parsed.spec}.items()}
    varied = {field_named(name): values for name, values in parsed.vary.items()}
    return parsed.model_copy(update={"spec": named, "vary": varied})


def _sentence(problem: Any) -> str:
    name = ".".join(map(str, problem["loc"]))
    return f"{name}: {message_of(problem)}"
