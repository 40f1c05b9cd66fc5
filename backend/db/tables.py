"""The tables. A *table* is a database class; what the rest of the lab sees of a row is in `skiplab.contract`."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from backend.db.column_types import JSON_OR_NULL, Said, StoredJson, UtcDateTime
from backend.db.column_types import utc_now as utc_now
from backend.db.dialects import widen
from backend.db.errand_tables import ErrandTable as ErrandTable
from backend.db.errand_tables import ImportTable as ImportTable
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
    """One run: what was asked for, where it stands, and who holds it.

    Ids are never reused, they come from the counter: an attempt that sleeps through its run's deletion would hold the
    next run of that id, and write into it.
    """

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_queue", "status", "priority", "position", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    kind: RunKind = Field(default=RunKind.LAB, sa_type=String, sa_column_kwargs={"server_default": RunKind.LAB.value})
    # model and dataset repeat two fields of a lab run's spec, so that lists can be filtered by index.
    model: str | None = Field(default=None, index=True)
    dataset: str | None = Field(default=None, index=True)
    config: dict[str, Any] = Field(
        sa_type=StoredJson, description="What was asked for. Of a lab run a spec: read it by `stored_spec`."
    )
    config_version: int = Field(default=VERSION, sa_column_kwargs={"server_default": "1"})
    tags: list[str] = Field(default_factory=list, sa_type=StoredJson)
    note: str = ""
    archived: bool = False
    experiment_id: int | None = Field(default=None, foreign_key="experiment.id", index=True)
    # The images that it trains on: chosen when it is submitted if they are there by then, else when it first starts.
    data_version_id: int | None = Field(default=None, foreign_key="dataset_version.id", index=True)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)

    status: Status = Field(default=Status.QUEUED, sa_type=String)
    reason: str | None = Field(default=None, sa_type=Said)
    traceback: str | None = Field(default=None, sa_type=Said)
    priority: int = 0
    position: int = 0
    # What a running run becomes when its attempt ends, where somebody asked for that: cancelled or paused.
    stop_as: Status | None = Field(default=None, sa_type=String)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    # The claim: `attempt` fences off whoever held the run before, `lease` is a counter that the holder keeps moving.
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
    # Where and when this attempt's first batches were seen: the time left is estimated from there.
    paced_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paced_from_epoch: float = 0.0
    best_value: float | None = None
    best_epoch: int | None = None
    best_key: str | None = Field(default=None, description="What chose it; null in runs from before it was kept.")
    trained_seconds: float = 0.0
    stalled: str | None = None
    environment: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)
    network: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NULL)

    @property
    def stop_requested(self) -> bool:
        return self.stop_as is not None

    @property
    def stored_spec(self) -> StoredSpec | None:
        """The spec of a lab run, whichever version stored it; None of other kinds."""
        if self.kind != RunKind.LAB:
            return None
        return stored.read(self.config, self.config_version, model=self.model, dataset=self.dataset)

    @property
    def usable_spec(self) -> RunSpec | None:
        """The spec of a lab run that this version can train and judge; None of all others."""
        stored = self.stored_spec
        return stored.spec if stored is not None and stored.problem is None else None


class CounterTable(SQLModel, table=True):
    """The last number that was given to a row of a table which must give none twice."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True, description="The table's.")
    last: int


class TransitionTable(SQLModel, table=True):
    """One change of a run's status, and why."""

    __tablename__ = "transition"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    time: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    status: Status = Field(sa_type=String)
    cause: str = Field(sa_type=Said)
    attempt: int
    epoch: int
    worker_id: int | None = Field(default=None, foreign_key="worker.id")
    """Who held the run then; a run itself forgets it while it waits."""


class MetricTable(SQLModel, table=True):
    """One value. The primary key makes a replayed epoch overwrite itself."""

    __tablename__ = "metric"

    run_id: int = Field(primary_key=True, foreign_key="run.id")
    key: str = Field(primary_key=True)
    step: int = Field(primary_key=True)
    epoch: int
    time: datetime = Field(sa_type=UtcDateTime)
    value: float | None = Field(description="Null for NaN and infinity, which JSON cannot say.")
    nonfinite: str | None = None


class LayerTable(SQLModel, table=True):
    """What one layer or block did in one epoch; epoch 0 is the run's first step."""

    __tablename__ = "layer_stat"

    run_id: int = Field(primary_key=True, foreign_key="run.id")
    epoch: int = Field(primary_key=True)
    place: int = Field(primary_key=True)
    name: str
    kind: str
    grad_rms: float | None = None
    grad_norm: float | None = None
    weight_norm: float | None = None
    update_ratio: float | None = None
    input_rms: float | None = None
    dead_share: float | None = None
    output_grad_rms: float | None = None


class ConfusionTable(SQLModel, table=True):
    """The confusions of one epoch; the mistakes only of the newest."""

    __tablename__ = "confusion"

    run_id: int = Field(primary_key=True, foreign_key="run.id")
    epoch: int = Field(primary_key=True)
    counts: list[list[int]] = Field(sa_type=JSON)
    mistakes: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON_OR_NULL)


class SystemTable(SQLModel, table=True):
    """One look at the load while a run trained."""

    __tablename__ = "system_sample"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    time: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    cpu: float | None = None
    memory: int | None = None
    gpu: float | None = None
    gpu_memory: int | None = None


class LogTable(SQLModel, table=True):
    """One line of a run's log."""

    __tablename__ = "log_line"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    attempt: int
    time: datetime = Field(sa_type=UtcDateTime)
    level: str
    text: str = Field(sa_type=Said)


class ArtifactTable(SQLModel, table=True):
    """A file that an attempt wrote. It counts from here on: what is not recorded is swept."""

    __tablename__ = "artifact"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    attempt: int
    kind: str
    path: str = Field(description="Under `runs/` in the lab's home.")
    epoch: int
    step: int
    bytes: int
    sha256: str
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class EventTable(SQLModel, table=True):
    """The outbox. Ids are never reused (AUTOINCREMENT), so they order the stream."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject", "subject"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    type: str
    run_id: int | None = None
    payload: str
    subject: int | None = Field(
        default=None, description="Of a passing event: id of what it shows, whose next passing event takes its place."
    )
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)


class WorkerTable(SQLModel, table=True):
    """One life of one worker process; a restarted worker is a new row."""

    __tablename__ = "worker"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    online: bool = Field(default=True, index=True)
    draining: bool = False
    devices: list[dict[str, Any]] = Field(sa_type=JSON)
    beat: int = 0
    started_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    seen_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class ModelTable(SQLModel, table=True):
    """A network that a worker announced."""

    __tablename__ = "model"

    key: str = Field(primary_key=True)
    origin: str = Field(description="Each origin is announced on its own.")
    place: int = Field(description="Order in lists, within the origin.")
    card: dict[str, Any] = Field(sa_type=StoredJson)
    details: dict[str, Any] = Field(sa_type=StoredJson, description="What only the card's own page needs; it is long.")


class QuantityTable(SQLModel, table=True):
    """A quantity of a plugin's metric on one part, kept after the plugin has gone: runs have its values."""

    __tablename__ = "quantity"

    key: str = Field(primary_key=True)
    title: str = Field(sa_type=Said)
    unit: str
    better: str
    part: str | None = None
    plugin: str | None = Field(default=None, description="What computes it; null: it is no longer on offer.")


class TrainingCheckTable(SQLModel, table=True):
    """What came of one training step, for a version of a network at one shape of images and number of classes."""

    __tablename__ = "training_check"

    model: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    image_shape: str = Field(primary_key=True, description="Such as 3x32x32.")
    classes: int = Field(primary_key=True)
    device: str = Field(primary_key=True, description="cpu or cuda.")
    refused: bool
    found: dict[str, Any] = Field(sa_type=StoredJson)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class DatasetTable(SQLModel, table=True):
    """A data set that a worker announced."""

    __tablename__ = "dataset"

    key: str = Field(primary_key=True)
    place: int = Field(description="Order in lists.")
    card: dict[str, Any] = Field(sa_type=StoredJson)


class DatasetVersionTable(SQLModel, table=True):
    """One version of a data set, of any that ever were: runs refer to them, so that rows are never deleted."""

    __tablename__ = "dataset_version"
    __table_args__ = (UniqueConstraint("key", "number", name="dataset_version_key_number_key"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str
    number: int
    sha256: str | None = None
    provenance: str | None = None
    classes: list[str] | None = Field(default=None, sa_type=JSON_OR_NULL)
    train_images: int | None = None
    test_images: int | None = None
    train_counts: list[int] | None = Field(default=None, sa_type=JSON_OR_NULL)
    test_counts: list[int] | None = Field(default=None, sa_type=JSON_OR_NULL)
    image_shape: list[int] | None = Field(default=None, sa_type=JSON_OR_NULL)
    source: str
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DatasetLabelTable(SQLModel, table=True):
    """What somebody named a data set, instead of what workers announce."""

    __tablename__ = "dataset_label"

    key: str = Field(primary_key=True)
    label: str


class TokenTable(SQLModel, table=True):
    """A token that was made here; revoking it deletes the row. Ids are never reused."""

    __tablename__ = "token"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    scope: str = Field(description="read or write.")
    digest: str = Field(unique=True, description="SHA-256; the token itself is kept nowhere.")
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)


class FirstAnswerTable(SQLModel, table=True):
    """What a request with an idempotency key was answered when it first came."""

    __tablename__ = "first_answer"

    key: str = Field(primary_key=True)
    request: str = Field(description="SHA-256 of the request.")
    status: int | None = Field(default=None, description="Null while there is no answer.")
    headers: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    body: bytes = b""
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime, index=True)


class SignInTable(SQLModel, table=True):
    """A browser's session; signing out deletes the row, and so does revoking its token."""

    __tablename__ = "sign_in"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True, description="SHA-256 of the cookie, which is kept nowhere.")
    token_id: int | None = Field(
        default=None,
        sa_column=Column(Integer, ForeignKey("token.id", ondelete="CASCADE"), index=True),
        description="The token that was shown; none where it is the setting's.",
    )
    seal: str | None = Field(
        default=None, description="HMAC of the setting's token under the cookie: it ends with either of the two."
    )
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    used_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


for _table in SQLModel.metadata.sorted_tables:
    widen(_table.columns)
