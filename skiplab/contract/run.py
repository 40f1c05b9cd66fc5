"""A run as everyone outside the database sees it: in the API's answers, in the event stream, in the worker's claim."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from skiplab.contract.catalog import RunData
from skiplab.contract.check import ImageShape, MemoryFormat
from skiplab.contract.config import BY_WORKERS, RunKind
from skiplab.contract.lifecycle import Priority, Status
from skiplab.contract.stored import SpecAsRead


class Best(BaseModel):
    """The best epoch so far, and the metric that selected it."""

    key: str
    value: float
    epoch: int
    selected_on: Literal["val", "test"]


class ExperimentRef(BaseModel):
    id: int
    name: str


class RunNetwork(BaseModel):
    """The network as built for this run's image shape and classes."""

    parameters: int | None
    flops: int | None = Field(description="Per image, forward, 2 x multiply-accumulate.")
    depth: int | None
    image_shape: ImageShape = Field(description="Channels, height, width.")
    classes: int
    memory_format: MemoryFormat = Field(description="Of weights and images while it trained.")


class Run(BaseModel):
    """A run, in API responses and events."""

    id: int
    name: str
    kind: RunKind = Field(
        description="`lab`: a spec, trained by the lab's engine; `script`: a project's own command; `external`: logged"
        " by a client; `imported`: read from another tool's files.",
        json_schema_extra={"x-by-workers": [*sorted(BY_WORKERS)]},
    )
    config: dict[str, Any] | None = Field(
        description="What was asked for, as it was stored: of kinds other than `lab`, and of a lab run whose `spec`"
        " cannot say it all (see `spec_problem`); else null."
    )
    status: Status
    reason: str | None = Field(description="Reason for the status, if any.")
    stalled: str | None = Field(description="Message if the run has made no progress for much longer than usual.")
    priority: Priority
    activity: str | None = Field(description="Current activity before training, such as `downloading cifar10 41 %`.")
    stop_requested: bool = Field(description="Whether a requested cancel or pause is pending.")
    stop_as: Status | None = Field(description="The requested status: `cancelled` or `paused`.")
    spec: SpecAsRead | None = Field(description="Of a lab run; null of other kinds.")
    spec_problem: str | None = Field(
        None,
        description="Why this version cannot use the config as an earlier one stored it; null: it can. Such a run is"
        " listed, but neither trained nor used as evidence.",
    )
    data: RunData | None = Field(
        None,
        description="The version of its data set that it trains on; null before it is known, and of runs from before"
        " data sets had versions.",
    )
    attempt: int = Field(description="How many times a worker has started this run.")
    epoch: int = Field(description="Finished epochs.")
    epochs: int | None = Field(description="Planned epochs; null if unknown for its kind.")
    progress: float | None = Field(ge=0, le=1, description="Fraction completed; null where `epochs` is.")
    eta_seconds: float | None = Field(description="Estimated seconds left, from the speed of this attempt.")
    queue_position: int | None = Field(description="1 is next; null unless queued, and in events: ask `/queue`.")
    best: Best | None
    worker: str | None
    device: str | None
    tags: list[str]
    note: str
    archived: bool = Field(description="Hidden from lists by default.")
    experiment: ExperimentRef | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    trained_seconds: float = Field(description="Total seconds of its epochs, without lost attempts.")
    network: RunNetwork | None = Field(
        None, description="Measured before the first step; null before that, and where an older run's is not known."
    )


class Transition(BaseModel):
    """One change of a run's status."""

    time: datetime
    status: Status
    cause: str
    attempt: int
    epoch: int = Field(description="Finished epochs at that time.")
