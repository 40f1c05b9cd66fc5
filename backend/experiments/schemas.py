"""Bodies and answers of the experiments' routes."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from backend.evidence.power import PLANNED_SEEDS
from skiplab.contract.run import Run
from skiplab.contract.spec import RunSpec

MAX_RUNS = 500
"""More than that at once is a slip of the hand."""


class Launch(BaseModel):
    """One run for every combination of what varies."""

    model_config = ConfigDict(extra="forbid")

    vary: dict[str, list[Any]] = Field(
        default_factory=dict,
        max_length=len(RunSpec.model_fields),
        description='Field to values, such as `{"model": ["cnn", "resnet18"], "seed": [0, 1]}`. '
        f"Their combinations are at most {MAX_RUNS}.",
        json_schema_extra={"x-most-combinations": MAX_RUNS, "x-planned-seeds": PLANNED_SEEDS},
    )
    spec: dict[str, Any] = Field(default_factory=dict, description="The fields that all runs share.")
    preset: str | None = Field(None, description="Key of a recipe for the fields that are given nowhere.")


class NewExperiment(Launch):
    """Queues one run for every combination of what varies."""

    name: str = Field(min_length=1, max_length=200)


class Experiment(BaseModel):
    id: int
    name: str
    created_at: datetime
    runs: list[Run]


class ExperimentList(BaseModel):
    items: list[Experiment]
