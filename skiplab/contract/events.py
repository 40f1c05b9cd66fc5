"""Events of the stream: rows of the outbox, each written in the transaction of the change it reports."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, Field, create_model

from skiplab.contract.errands import Errand
from skiplab.contract.imports import Import
from skiplab.contract.run import Run
from skiplab.contract.worker import Worker


class MetricsEvent(BaseModel):
    """The values of one finished epoch."""

    run: int
    epoch: int
    step: int = Field(description="Optimiser steps since the run's start.")
    time: datetime
    values: dict[str, float | None] = Field(description="Metric key to value; null stands for NaN and infinity.")
    nonfinite: list[str] = Field(default_factory=list, description="Keys whose value was NaN or infinite.")


class PointsEvent(BaseModel):
    """A client has logged points. They are read from `/metrics`, since there may be thousands in a second. An event
    without new keys is replaced by the next."""

    run: int
    step: int = Field(description="Lowest step among the points: earlier ones are as they were.")
    time: datetime = Field(description="Time of the newest point.")
    new_keys: list[str] = Field(default_factory=list, description="Keys that the run had not logged before.")


class RewindEvent(BaseModel):
    """Points after `step` and values of epochs after `epoch` were deleted; the run resumes from there."""

    run: int
    epoch: int
    step: int = 0


class LogEvent(BaseModel):
    """Lines were appended to the run's log."""

    run: int
    last: int = Field(description="Id of the newest line.")


class CatalogEvent(BaseModel):
    """The catalogue has changed: keys of networks and data sets added, changed or removed."""

    models: list[str] = Field(default_factory=list)
    datasets: list[str] = Field(default_factory=list)


class RemovedEvent(BaseModel):
    """The run was deleted."""

    run: int


class ExperimentRemovedEvent(BaseModel):
    """The experiment, which had no runs, was deleted."""

    experiment: int


class ResetEvent(BaseModel):
    """The client's last event is unknown or no longer stored: it must reload everything."""

    reason: str


class EventType(StrEnum):
    """Name of an event on the stream, and the model of its payload; each model belongs to one type."""

    payload: type[BaseModel]

    def __new__(cls, name: str, payload: type[BaseModel] | None = None) -> Self:
        assert payload is not None, "names are looked up among the members; only definitions get here"
        member = str.__new__(cls, name)
        member._value_, member.payload = name, payload
        return member

    RUN = "run", Run
    METRICS = "metrics", MetricsEvent
    POINTS = "points", PointsEvent
    REWIND = "rewind", RewindEvent
    LOG = "log", LogEvent
    REMOVED = "removed", RemovedEvent
    WORKER = "worker", Worker
    CATALOG = "catalog", CatalogEvent
    IMPORT = "import", Import
    ERRAND = "errand", Errand
    EXPERIMENT_REMOVED = "experiment_removed", ExperimentRemovedEvent
    RESET = "reset", ResetEvent  # never stored

    @staticmethod
    def of(payload: BaseModel) -> "EventType":
        """Return the type of event for a payload. Raises KeyError for a model that is not a payload."""
        return _TYPES[type(payload)]


_TYPES: dict[type[BaseModel], EventType] = {event.payload: event for event in EventType}

_FIELDS: dict[str, Any] = {event.value: (event.payload, ...) for event in EventType}

EventPayloads = create_model("EventPayloads", __doc__="Payload of each event type.", **_FIELDS)
"""One field per event type, in the OpenAPI document, from which the page's types are generated."""
