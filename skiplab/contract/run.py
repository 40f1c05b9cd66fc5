"""A run, in API responses, in the event stream and in a worker's claim."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from skiplab.contract.catalog import RunData
from skiplab.contract.check import ImageShape, MemoryFormat
from skiplab.contract.config import BY_WORKERS, RunKind
from skiplab.contract.lifecycle import ENDED, Priority, Status
from skiplab.contract.stored import SpecAsRead

# Without NUL, which PostgreSQL cannot store or search for.
Tag = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\x00]+$")]


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
    memory_format: MemoryFormat = Field(description="Memory format of weights and images in training.")


class Run(BaseModel):
    """A run, in API responses and events."""

    id: int
    name: str
    kind: RunKind = Field(
        description="`lab`: trained from a spec by Skiplab; `script`: a user's own command; `external`: logged by a"
        " client; `imported`: from the files of another tool.",
        json_schema_extra={"x-by-workers": [*sorted(BY_WORKERS)]},
    )
    config: dict[str, Any] | None = Field(
        description="The stored config: for kinds other than `lab`, and for a lab run whose `spec` is incomplete (see"
        " `spec_problem`); otherwise null."
    )
    summary: dict[str, Any] | None = Field(
        None,
        description="What a client reported of the run as a whole; null for other kinds, and if it reported nothing.",
    )
    external_id: str | None = Field(None, description="Chosen by the client, to resume the run by; null without one.")
    status: Status = Field(json_schema_extra={"x-ended": [*sorted(ENDED)]})
    reason: str | None = Field(description="Reason for the status, if any.")
    stalled: str | None = Field(description="Message if the run has made no progress for much longer than usual.")
    lost_contact: datetime | None = Field(
        None, description="Last request of the client that logs this run, if it has been silent for 30 s; else null."
    )
    dropped: int = Field(0, description="Points that the run's client has lost, because its disk was full.")
    priority: Priority
    activity: str | None = Field(description="Current activity before training, such as `downloading cifar10 41 %`.")
    stop_requested: bool = Field(description="Whether a requested cancel or pause is pending.")
    stop_as: Status | None = Field(description="The requested status: `cancelled` or `paused`.")
    spec: SpecAsRead | None = Field(description="The spec of a lab run; null for other kinds.")
    spec_problem: str | None = Field(
        None,
        description="Why this version cannot use the stored config; null: it can. Such a run is listed, but neither"
        " trained nor used as evidence.",
    )
    data: RunData | None = Field(
        None,
        description="The data set version that it trains on; null while unknown, and for runs older than versions.",
    )
    attempt: int = Field(description="How many times a worker has started this run.")
    epoch: int = Field(description="Finished epochs.")
    epochs: int | None = Field(description="Planned epochs; null if unknown.")
    progress: float | None = Field(ge=0, le=1, description="Fraction completed; null if `epochs` is.")
    eta_seconds: float | None = Field(description="Estimated seconds left, from the speed of this attempt.")
    queue_position: int | None = Field(description="1 is next; null unless queued, and null in events (see `/queue`).")
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
    trained_seconds: float = Field(description="Total seconds of its epochs, without discarded ones.")
    network: RunNetwork | None = Field(
        None, description="Measured before the first step; null until then, and if unknown for an older run."
    )


class Transition(BaseModel):
    """One change of a run's status."""

    time: datetime
    status: Status
    cause: str
    attempt: int
    epoch: int = Field(description="Finished epochs at that time.")
