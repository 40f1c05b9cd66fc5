"""What the event stream carries. Each is one outbox row, written in the transaction of its change."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field


class EventType(StrEnum):
    RUN = "run"  # data: a Run, whole
    METRICS = "metrics"  # data: MetricsEvent
    REWIND = "rewind"  # data: RewindEvent
    LOG = "log"  # data: LogEvent
    REMOVED = "removed"  # data: RemovedEvent
    WORKER = "worker"  # data: a Worker, whole
    CATALOG = "catalog"  # data: CatalogEvent
    IMPORT = "import"  # data: an Import, with what was found only while that waits for a decision
    ERRAND = "errand"  # data: an Errand, whole
    EXPERIMENT_REMOVED = "experiment_removed"  # data: ExperimentRemovedEvent
    RESET = "reset"  # data: ResetEvent; never stored


class MetricsEvent(BaseModel):
    """The values of one finished epoch."""

    run: int
    epoch: int
    step: int = Field(description="Optimiser steps since the run's start.")
    time: datetime
    values: dict[str, float | None] = Field(description="Metric key to value; null stands for NaN and infinity.")
    nonfinite: list[str] = Field(default_factory=list, description="Keys whose value was NaN or infinite.")


class RewindEvent(BaseModel):
    """Points after `step`, and with it all of the epochs after `epoch`, were deleted: the run goes on from there."""

    run: int
    epoch: int
    step: int = 0


class LogEvent(BaseModel):
    """The run's log has grown."""

    run: int
    last: int = Field(description="Id of its newest line.")


class CatalogEvent(BaseModel):
    """What is on offer has changed; the keys of what is new, different or gone."""

    models: list[str] = Field(default_factory=list)
    datasets: list[str] = Field(default_factory=list)


class RemovedEvent(BaseModel):
    """The run was deleted."""

    run: int


class ExperimentRemovedEvent(BaseModel):
    """The experiment, which had no runs, was deleted."""

    experiment: int


class ResetEvent(BaseModel):
    """The client's last event is older than what is kept, or unknown: load everything again."""

    reason: str
