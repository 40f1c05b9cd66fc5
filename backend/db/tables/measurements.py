"""What attempts write while they train."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
)
from sqlmodel import Field, SQLModel

from backend.db.column_types import JSON_OR_NULL, SafeText, UtcDateTime, UtcMicroseconds, utc_now


class MetricKeyTable(SQLModel, table=True):
    """Number of a metric key. Rows are never changed or deleted."""

    __tablename__ = "metric_key"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)


class MetricTable(SQLModel, table=True):
    """One value. By the primary key a replayed epoch overwrites itself."""

    __tablename__ = "metric"
    # The table is its own index: a separate one would double its size.
    __table_args__ = {"sqlite_with_rowid": False}

    run_id: int = Field(primary_key=True, foreign_key="run.id")
    key_id: int = Field(primary_key=True, foreign_key="metric_key.id")
    step: int = Field(primary_key=True)
    epoch: int
    time: datetime = Field(sa_type=UtcMicroseconds)
    value: float | None = Field(description="Null for NaN and infinity, which JSON cannot represent.")
    nonfinite: str | None = None


class LayerTable(SQLModel, table=True):
    """Statistics of one layer or block in one epoch; epoch 0 is the run's first step."""

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
    """The confusion matrix of one epoch; mistakes are kept for the newest only."""

    __tablename__ = "confusion"

    run_id: int = Field(primary_key=True, foreign_key="run.id")
    epoch: int = Field(primary_key=True)
    counts: list[list[int]] = Field(sa_type=JSON)
    mistakes: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON_OR_NULL)


class SystemTable(SQLModel, table=True):
    """One sample of the system load while a run trained."""

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
    text: str = Field(sa_type=SafeText)


class ArtifactTable(SQLModel, table=True):
    """A file that an attempt wrote. Files without a row are deleted by the housekeeper."""

    __tablename__ = "artifact"

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True)
    attempt: int
    kind: str
    path: str = Field(description="Relative to `runs/` in SKIPLAB_HOME.")
    epoch: int
    step: int
    bytes: int
    sha256: str
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcDateTime)
