"""Metadata of the fields of the run spec, kept in the JSON schema: purpose, short name, labels of the choices."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

KEY = "x-about"
"""Key of the metadata in a field's JSON schema."""

Use = Literal["network", "data", "budget", "optimisation", "speed", "measurement", "logging", "seed"]
"""`data`: which images are trained or tested on; `budget`: how long training may take; `measurement`: additional
evaluation; `logging`: what is recorded, without effect on training."""


class Choice(BaseModel):
    """One value of a field with an enumeration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str = Field(description="Display name.")
    note: str = Field("", description="What it does, as a phrase after the label.")
    source: str = Field("", description="The paper that introduces it.")


class About(BaseModel):
    """Metadata of a field."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    use: Use
    sets_apart: bool = Field(description="Whether runs that differ in it have different settings.")
    since: int = Field(1, ge=1, description="Version of configs that first has it; runs before trained at its default.")
    clocked: bool = Field(description="Whether it affects the time per epoch.")
    short: str | None = Field(None, description="Name in labels of curves; null: the field's key.")
    unset: str = Field("off", description="What null means, in one word.")
    subset_of: str | None = Field(None, description="The images that it limits to a subset; null: none.")
    first: bool = Field(False, description="Whether the form shows it first, since most launches set it.")
    choices: dict[str, Choice] = Field(
        default_factory=dict, description="Values of an enumeration, each with its label; empty for other fields."
    )

    def words(self, value: Any) -> str:
        """Return a value of the field as text: the label of a choice, lists with slashes."""
        if value is None:
            return self.unset
        if isinstance(value, list | tuple):
            return "/".join(map(self.words, value))
        return self.choices[value].label if value in self.choices else f"{value}"


def notes_of(choices: Mapping[str, Choice]) -> str:
    """Return the notes of an enumeration as a description of its field, such as `Weights only: excludes biases.`"""
    return " ".join(f"{choice.label}: {choice.note}" for choice in choices.values() if choice.note)


def about(use: Use, *, clocked: bool, **facts: Any) -> dict[str, Any]:
    """Return the metadata for `json_schema_extra`."""
    return {KEY: About(use=use, clocked=clocked, sets_apart=use not in ("seed", "logging"), **facts).model_dump()}


def about_fields(model: type[BaseModel]) -> Mapping[str, About]:
    """Return the metadata of all fields. Raises ValidationError for a field without `use` or `clocked`."""
    extras = {name: field.json_schema_extra for name, field in model.model_fields.items()}
    return {
        name: About.model_validate((extra if isinstance(extra, dict) else {}).get(KEY, {}))
        for name, extra in extras.items()
    }
