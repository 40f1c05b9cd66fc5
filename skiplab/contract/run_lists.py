"""Lists of runs and actions on many runs: request and response models."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

from skiplab.contract.config import RunKind
from skiplab.contract.disagreement import disagreement
from skiplab.contract.lifecycle import Status
from skiplab.contract.run import Run, Tag

Sort = Literal["id", "-id", "name", "-name", "status", "-status", "model", "-model", "best", "-best"]
Archived = Literal["no", "yes", "all"]
BulkAction = Literal["cancel", "archive", "unarchive", "delete", "tag", "untag"]

MOST_AT_ONCE = 1000
"""Runs per bulk request, which holds the write lock for its duration; and runs per page."""


class RunFilter(BaseModel):
    """Filters of a list of runs, combined by AND."""

    id: list[int] = Field([], max_length=MOST_AT_ONCE, description="Only these runs.")
    name: str | None = Field(None, description="Exact name.")
    status: list[Status] = []
    kind: list[RunKind] = []
    model: str | None = None
    dataset: str | None = None
    experiment: int | None = None
    tag: str | None = None
    archived: Archived = "no"
    q: str | None = Field(None, description="Text in the name, the note or the network's key.")
    sort: Sort = "-id"
    limit: int = Field(100, ge=1, le=MOST_AT_ONCE)
    cursor: int | None = Field(None, description="`next_cursor` of the previous page.")


class RunPage(BaseModel):
    items: list[Run]
    next_cursor: int | None
    total: int


class Bulk(BaseModel):
    """One action on many runs."""

    model_config = ConfigDict(extra="forbid")

    action: BulkAction
    runs: list[StrictInt] = Field(min_length=1, max_length=MOST_AT_ONCE)
    tag: Tag | None = Field(None, description="For `tag` and `untag`.")

    @model_validator(mode="after")
    def _tag_where_needed(self) -> Self:
        if (self.tag is not None) != self.action.endswith("tag"):
            message = "tag is required for the actions `tag` and `untag`, and not allowed for others"
            raise disagreement("tag", self.tag, message)
        return self


class Refusal(BaseModel):
    run: int
    detail: str


class BulkAnswer(BaseModel):
    done: list[int]
    refused: list[Refusal] = Field(description="Runs that do not allow the action, with the reason.")
