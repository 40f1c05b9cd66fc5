"""Response models of the telemetry routes."""

from typing import Any

from pydantic import BaseModel, Field

from skiplab.contract.catalog import RunData
from skiplab.contract.environment import TITLES
from skiplab.contract.telemetry import Artifact, Confusion, LayerStat, Mistake, SystemSample


class LayerList(BaseModel):
    items: list[LayerStat]


class ConfusionAnswer(Confusion):
    epochs: list[int] = Field(description="All epochs with a confusion matrix.")
    classes: list[str] | None = Field(description="Names of rows and columns, if the data set has them.")
    total: int = Field(description="Number of classes.")
    shown: list[int] | None = Field(
        None,
        description="With `most`: 0-based indices of the classes in `counts`, if not all are shown; the last row and"
        " column then combine all others.",
    )


class MistakeList(BaseModel):
    epoch: int = Field(description="The epoch of these errors: the newest.")
    classes: list[str] | None
    data: RunData | None = Field(None, description="Data version of the images; null if unknown.")
    items: list[Mistake] = Field(description="Most confident first.")


class SystemList(BaseModel):
    items: list[SystemSample]


class Environment(BaseModel):
    environment: dict[str, Any] | None = Field(description="Environment of the newest attempt; null before the first.")
    titles: dict[str, str] = Field(TITLES, description="Titles of its parts, by key.")


class ArtifactList(BaseModel):
    items: list[Artifact]
