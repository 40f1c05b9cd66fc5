"""Bodies and answers of the runs' routes."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from backend.contract.lifecycle import Status
from backend.contract.resolve import FieldOrigin
from backend.contract.run import Run
from backend.contract.spec import RunSpec

Tag = Annotated[str, Field(min_length=1, max_length=50)]
Sort = Literal["id", "-id", "name", "-name", "status", "-status", "model", "-model", "best", "-best"]


class NewRun(RunSpec):
    """The spec, flat, and what the user calls it. A field that is not given is the preset's, the network's own, or the
    default."""

    name: str | None = Field(None, min_length=1, max_length=200, title="Name", description="Empty: made from the spec.")
    tags: list[Tag] = Field(default_factory=list, max_length=20, title="Tags")
    experiment: int | None = Field(None, ge=1, title="Experiment", description="Id of an experiment to join.")

    preset: str | None = Field(None, title="Preset", description="Key of a recipe, as listed by GET /presets.")

    def given(self) -> dict[str, Any]:
        """The fields of the spec that the request sets itself."""
        return {field: getattr(self, field) for field in RunSpec.model_fields if field in self.model_fields_set}

    @model_validator(mode="after")
    def _fields_agree(self) -> Self:
        """Fields agree or not once the request is made whole: a preset may give the other half."""
        return self


class ResolvedSpec(BaseModel):
    """A request made whole, and where each field comes from."""

    spec: RunSpec
    origins: dict[str, FieldOrigin]


class RunFilter(BaseModel):
    """Query parameters of a list of runs; all that are given must fit."""

    status: list[Status] = []
    model: str | None = None
    dataset: str | None = None
    experiment: int | None = None
    tag: str | None = None
    q: str | None = Field(None, description="Text in the name, the note or the network's key.")
    sort: Sort = "-id"
    limit: int = Field(100, ge=1, le=1000)
    cursor: int | None = Field(None, description="`next_cursor` of the page before.")


class RunPage(BaseModel):
    items: list[Run]
    next_cursor: int | None
    total: int
