"""Request and response models of the run routes."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictBool, StrictInt, model_validator
from pydantic import Tag as Branch

from backend.errors import BRANCH
from skiplab.contract import disagreement as disagreements
from skiplab.contract.config import RunKind
from skiplab.contract.disagreement import disagreement
from skiplab.contract.experiments import ExperimentName
from skiplab.contract.ingest import ExternalRun
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
    experiment_name: ExperimentName | None = Field(
        None,
        title="Experiment",
        description="Instead of `experiment`, its name: the newest one of that name is joined, else one is begun.",
    )

    kind: Literal["lab"] = Field("lab", description="A run that a worker of this lab trains.")
    preset: str | None = Field(None, title="Preset", description="Key of a preset, as listed by GET /presets.")

    @model_validator(mode="after")
    def _one_experiment(self) -> Self:
        if self.experiment is not None and self.experiment_name is not None:
            raise disagreement("experiment_name", self.experiment_name, "is given beside experiment; give one of them")
        return self

    def given(self) -> dict[str, Any]:
        """Return the spec fields that the request sets explicitly."""
        return {field: getattr(self, field) for field in RunFields.model_fields if field in self.model_fields_set}


def _branch(body: Any) -> str | None:
    """The tag of the model that a body of POST /runs is of; None for an unknown kind."""
    kind = body.get("kind", RunKind.LAB) if isinstance(body, dict) else RunKind.LAB
    return f"{BRANCH}{kind}" if kind in (RunKind.LAB, RunKind.EXTERNAL) else None


_KINDS = "must be `lab`, the default, or `external`"
AnyNewRun = Annotated[
    Annotated[NewRun, Branch(f"{BRANCH}{RunKind.LAB}")] | Annotated[ExternalRun, Branch(f"{BRANCH}{RunKind.EXTERNAL}")],
    Discriminator(
        _branch,
        custom_error_type=disagreements.KIND,
        custom_error_message=_KINDS,
        custom_error_context={"field": "kind", "given": None, "message": _KINDS},
    ),
]


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
