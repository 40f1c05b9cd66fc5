"""Request and response models of the run routes."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from skiplab.contract.disagreement import disagreement
from skiplab.contract.lifecycle import Priority
from skiplab.contract.resolve import FieldOrigin
from skiplab.contract.run import Tag, Transition
from skiplab.contract.spec import RunFields, RunSpec


class NewRun(RunFields):
    """A flat spec with name, tags and priority. Omitted fields come from the preset, the network's defaults or the
    defaults; rules between fields are checked after that."""

    name: str | None = Field(None, min_length=1, max_length=200, title="Name", description="Generated if empty.")
    tags: list[Tag] = Field(default_factory=list, max_length=20, title="Tags")
    priority: Priority = Field(Priority.NORMAL, title="Priority", description="Higher priorities start first.")
    experiment: int | None = Field(None, ge=1, title="Experiment", description="Id of an experiment to join.")

    preset: str | None = Field(None, title="Preset", description="Key of a preset, as listed by GET /presets.")

    def given(self) -> dict[str, Any]:
        """Return the spec fields that the request sets explicitly."""
        return {field: getattr(self, field) for field in RunFields.model_fields if field in self.model_fields_set}


class ResolvedSpec(BaseModel):
    """A complete spec, and where each field comes from."""

    spec: RunSpec
    origins: dict[str, FieldOrigin]


class SpecDefaults(BaseModel):
    """The values of omitted fields for these networks, and where each comes from."""

    models: list[str] = Field(description="Networks that share these values; empty if none was named.")
    fields: dict[str, Any]
    origins: dict[str, FieldOrigin]


class SpecDefaultsList(BaseModel):
    items: list[SpecDefaults]


class RunChange(BaseModel):
    """Changes to a run; omitted fields stay as they are."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=200)
    tags: list[Tag] | None = Field(None, max_length=20)
    note: str | None = Field(None, max_length=10_000)
    archived: StrictBool | None = None
    priority: Priority | None = None


class Move(BaseModel):
    """The new position of a queued run: one of `to` and `before`."""

    model_config = ConfigDict(extra="forbid")

    to: Literal["front", "back"] | None = None
    before: StrictInt | None = Field(None, ge=1, description="Id of a queued run.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.to is None) == (self.before is None):
            raise disagreement("before", self.before, "exactly one of `to` and `before` is required")
        return self


class History(BaseModel):
    items: list[Transition]
