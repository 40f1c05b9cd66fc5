"""Answers of the telemetry's routes."""

from typing import Any

from pydantic import BaseModel, Field

from skiplab.contract.catalog import RunData
from skiplab.contract.environment import TITLES
from skiplab.contract.telemetry import Artifact, Confusion, LayerStat, LogLine, Mistake, SystemSample


class LayerList(BaseModel):
    items: list[LayerStat]


class ConfusionAnswer(Confusion):
    epochs: list[int] = Field(description="All epochs that have one.")
    classes: list[str] | None = Field(description="Names of the rows and columns, where the data set gives them.")
    total: int = Field(description="How many classes there are.")
    shown: list[int] | None = Field(
        None,
        description="With `most`: the places of the classes in `counts`, counted from 0, where not all are shown; the"
        " last row and column are then all others together.",
    )


class MistakeList(BaseModel):
    epoch: int = Field(description="The epoch that they were made in: the newest.")
    classes: list[str] | None
    data: RunData | None = Field(None, description="The version that the images are of; null where it is not known.")
    items: list[Mistake] = Field(description="Most confident first.")


class SystemList(BaseModel):
    items: list[SystemSample]


class LogPage(BaseModel):
    items: list[LogLine]
    next_after: int | None = Field(description="`after` of the next page; null: nothing more for now.")


class Environment(BaseModel):
    environment: dict[str, Any] | None = Field(description="Of the newest attempt; null before the first.")
    titles: dict[str, str] = Field(TITLES, description="What its parts are called, by their names.")


class ArtifactList(BaseModel):
    items: list[Artifact]
