"""Request and response models of the experiment routes."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from skiplab.contract.lifecycle import Priority
from skiplab.contract.run import Run, Tag
from skiplab.contract.spec import RunSpec

MAX_RUNS = 500
"""Most runs per launch, to catch mistakes."""

PLANNED_SEEDS = 5
"""Default number of seeds of an experiment."""


ExperimentName = Annotated[str, Field(min_length=1, max_length=200)]


class Launch(BaseModel):
    """One run per combination of the fields that vary."""

    model_config = ConfigDict(extra="forbid")

    vary: dict[str, list[Any]] = Field(
        default_factory=dict,
        max_length=len(RunSpec.model_fields),
        description='Values by field, such as `{"model": ["cnn", "resnet18"], "seed": [0, 1]}`. '
        f"At most {MAX_RUNS} combinations.",
        json_schema_extra={"x-most-combinations": MAX_RUNS, "x-planned-seeds": PLANNED_SEEDS},
    )
    spec: dict[str, Any] = Field(default_factory=dict, description="Fields shared by all runs.")
    preset: str | None = Field(None, description="Key of a preset for fields that are not given.")
    tags: list[Tag] = Field(default_factory=list, max_length=20, description="Tags of all its runs.")
    priority: Priority = Field(default_factory=lambda: Priority.NORMAL, description="Priority of all its runs.")


class NewExperiment(Launch):
    """A named launch of one run per combination of the fields that vary."""

    name: ExperimentName
    join: bool = Field(
        default_factory=lambda: False,
        description="Add the runs to the newest experiment of this name, if there is one, instead of making another.",
    )


class Experiment(BaseModel):
    id: int
    name: str
    created_at: datetime
    runs: list[Run]


class Launched(Experiment):
    """An experiment after a launch."""

    launched: list[int] = Field(description="Ids of the runs that this launch has queued, in order.")


class ExperimentList(BaseModel):
    items: list[Experiment]
