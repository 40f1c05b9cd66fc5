"""Runs, their experiments, and what changed their status."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Index,
    String,
)
from sqlmodel import Field, SQLModel

from backend.db.column_types import JSON_OR_NULL, SafeText, StoredJson, UtcDateTime, utc_now
from skiplab.contract import stored
from skiplab.contract.config import VERSION, RunKind
from skiplab.contract.lifecycle import Status
from skiplab.contract.spec import RunSpec
from skiplab.contract.stored import StoredSpec


class ExperimentTable(SQLModel, table=True):
    """A named set of runs."""

    __tablename__ = "experiment"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class RunTable(SQLModel, table=True):
    """One run: its config, status and holder.

    Ids come from a counter and are never reused: an attempt suspended while its run is deleted would otherwise hold the
    next run with that id and write to it.
    """

    __tablename__ = "run"
    # The last columns of both are not searched by: with them, runs are counted without reading their rows. The second
    # begins with the id, or SQLite would take it for a search by `archived` and sort what it finds.
    __table_args__ = (
        Index("ix_run_queue", "status", "priority", "position", "id", "archived"),
        Index("ix_run_count", "id", "archived", "kind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str
    kind: RunKind = Field(default=RunKind.LAB, sa_type=String, sa_column_kwargs={"server_default": RunKind.LAB.value})
    # model and dataset duplicate two fields of a lab run's spec, so that filters can use an index.
    model: str | None = Field(default=None, index=True)
    dataset: str | None = Field(default=None, index=True)
    config: dict[str, Any] = Field(
        sa_type=StoredJson, description="As submitted. For a lab run a spec: read it with `stored_spec`."
    )
    config_version: int = Field(default=VERSION, sa_column_kwargs={"server_default": "1"})
    tags: list[str] = Field(default_factory=list, sa_type=StoredJson)
    note: str = ""
    archived: bool = False
    experiment_id: int | None = Field(default=None, foreign_key="experiment.id", index=True)
    # Chosen at submission if the data set is present by then, else at the first start.
    data_version_id: int | None = Field(default=None, foreign_key="dataset_version.id", index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)

    status: Status = Field(default=Status.QUEUED, sa_type=String)
    reason: str | None = Field(default=None, sa_type=SafeText)
    traceback: str | None = Field(default=None, sa_type=SafeText)
    priority: int = 0
    position: int = 0
    # The requested status once the current attempt ends: cancelled or paused.
    stop_as: Status | None = Field(default=None, sa_type=String)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    # The claim: `attempt` is the fencing token, `lease` a counter that the holder increments.
    attempt: int = 0
    lease: int = 0
    worker_id: int | None = Field(default=None, foreign_key="worker.id", index=True)
    slot: int | None = None
    device: str | None = None
    crashes: int = 0
    lost_workers: int = 0

    activity: str | None = None
    epoch: int = 0
    epoch_share: float = 0.0
    # Position and time of this attempt's first batches, from which the ETA is estimated.
    paced_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paced_from_epoch: float = 0.0
    best_value: float | None = None
    best_epoch: int | None = None
    best_key: str | None = Field(default=None, description="Metric that selected it; null in runs of old versions.")
    trained_seconds: float = 0.0
    stalled: str | None = None
    environment: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)
    network: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)

    # Of runs that a client logs: `attempt` and `lease` are its holder and its calls.
    external_id: str | None = Field(default=None, unique=True, index=True, description="Chosen by the client.")
    opened_by: str | None = Field(default=None, description="Name of the token of the client; null without tokens.")
    seq: int = Field(default=0, sa_column_kwargs={"server_default": "0"}, description="Last batch of this holder.")
    lost_contact: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="Last call before the silence."
    )
    dropped: int = Field(
        default=0, sa_column_kwargs={"server_default": "0"}, description="Points that this holder has lost."
    )
    dropped_before: int = Field(
        default=0, sa_column_kwargs={"server_default": "0"}, description="Points that earlier holders have lost."
    )
    summary: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)

    @property
    def stop_requested(self) -> bool:
        return self.stop_as is not None

    @property
    def stored_spec(self) -> StoredSpec | None:
        """The spec of a lab run, whichever version stored it; None for other kinds."""
        if self.kind != RunKind.LAB:
            return None
        return stored.read(self.config, self.config_version, model=self.model, dataset=self.dataset)

    @property
    def usable_spec(self) -> RunSpec | None:
        """The spec of a lab run if this version can train and judge it, else None."""
        stored = self.stored_spec
        return stored.spec if stored is not None and stored.problem is None else None


class CounterTable(SQLModel, table=True):
    """The last id assigned in a table whose ids are never reused."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True, description="Name of the table.")
    last: int


class TransitionTable(SQLModel, table=True):
    """One change of a run's status, and its cause."""

    __tablename__ = "transition"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    time: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    status: Status = Field(sa_type=String)
    cause: str = Field(sa_type=SafeText)
    attempt: int
    epoch: int
    worker_id: int | None = Field(default=None, foreign_key="worker.id")
    """The worker that held the run then; the run's own field is cleared while it is queued."""
