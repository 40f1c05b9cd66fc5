"""Bodies and answers of the runs' routes."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from skiplab.contract.config import RunKind
from skiplab.contract.disagreement import disagreement
from skiplab.contract.lifecycle import Priority, Status
from skiplab.contract.resolve import FieldOrigin
from skiplab.contract.run import Run
from skiplab.contract.spec import RunFields, RunSpec

# Without NUL: PostgreSQL would keep such a tag, but could not look for any.
Tag = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\x00]+$")]
Sort = Literal["id", "-id", "name", "-name", "status", "-status", "model", "-model", "best", "-best"]


MOST_AT_ONCE = 1000
"""Runs that one call changes; all that time nobody else can write."""


class NewRun(RunFields):
    """The spec, flat, and what the user calls it. A field that is not given is the preset's, the network's own, or the
    default; whether fields agree is seen once the spec is whole, for a preset may give the other half."""

    name: str | None = Field(None, min_length=1, max_length=200, title="Name", description="Empty: made from the spec.")
    tags: list[Tag] = Field(default_factory=list, max_length=20, title="Tags")
    priority: Priority = Field(Priority.NORMAL, title="Priority", description="Higher ones are started first.")
    experiment: int | None = Field(None, ge=1, title="Experiment", description="Id of an experiment to join.")

    preset: str | None = Field(None, title="Preset", description="Key of a recipe, as listed by GET /presets.")

    def given(self) -> dict[str, Any]:
        """The fields of the spec that the request sets itself."""
        return {field: getattr(self, field) for field in RunFields.model_fields if field in self.model_fields_set}


class ResolvedSpec(BaseModel):
    """A request made whole, and where each field comes from."""

    spec: RunSpec
    origins: dict[str, FieldOrigin]


class RunChange(BaseModel):
    """What may be changed of a run; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=200)
    tags: list[Tag] | None = Field(None, max_length=20)
    note: str | None = Field(None, max_length=10_000)
    archived: StrictBool | None = None
    priority: Priority | None = None


class Move(BaseModel):
    """Where a queued run is to stand."""

    model_config = ConfigDict(extra="forbid")

    to: Literal["front", "back"] | None = None
    before: StrictInt | None = Field(None, ge=1, description="Id of a queued run.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.to is None) == (self.before is None):
            raise disagreement("before", self.before, "give either `to` or `before`")
        return self


class Bulk(BaseModel):
    """One action on many runs."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["cancel", "archive", "unarchive", "delete", "tag", "untag"]
    runs: list[StrictInt] = Field(min_length=1, max_length=MOST_AT_ONCE)
    tag: Tag | None = Field(None, description="For `tag` and `untag`.")

    @model_validator(mode="after")
    def _tag_where_needed(self) -> Self:
        if (self.tag is not None) != self.action.endswith("tag"):
            message = "tag goes with the actions `tag` and `untag`, and only with those"
            raise disagreement("tag", self.tag, message)
        return self


class Refusal(BaseModel):
    run: int
    detail: str


class BulkAnswer(BaseModel):
    done: list[int]
    refused: list[Refusal] = Field(description="The runs that the action does not fit, each with the reason.")


class RunFilter(BaseModel):
    """Query parameters of a list of runs; all that are given must fit."""

    status: list[Status] = []
    kind: list[RunKind] = []
    model: str | None = None
    dataset: str | None = None
    experiment: int | None = None
    tag: str | None = None
    archived: Literal["no", "yes", "all"] = "no"
    q: str | None = Field(None, description="Text in the name, the note or the network's key.")
    sort: Sort = "-id"
    limit: int = Field(100, ge=1, le=1000)
    cursor: int | None = Field(None, description="`next_cursor` of the page before.")


class RunPage(BaseModel):
    items: list[Run]
    next_cursor: int | None
    total: int
