"""Request and response models of the experiment routes."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from backend.evidence.power import PLANNED_SEEDS
from skiplab.contract.run import Run
from skiplab.contract.spec import RunSpec

MAX_RUNS = 500
"""Most runs per launch, to catch mistakes."""


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


class NewExperiment(Launch):
    """A named launch of one run per combination of the fields that vary."""

    name: str = Field(min_length=1, max_length=200)


class Experiment(BaseModel):
    id: int
    name: str
    created_at: datetime
    runs: list[Run]


class ExperimentList(BaseModel):
    items: list[Experiment]
