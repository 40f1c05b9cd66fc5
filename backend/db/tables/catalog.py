"""What workers offer: networks, quantities and data sets."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from backend.db.column_types import JSON_OR_NULL, SafeText, StoredJson, UtcDateTime, utc_now


class ModelTable(SQLModel, table=True):
    """A network that a worker announced, by key."""

    __tablename__ = "model"

    key: str = Field(primary_key=True)
    origin: str = Field(description="Each origin is announced on its own.")
    place: int = Field(description="Order in lists, within the origin.")
    card: dict[str, Any] = Field(sa_type=StoredJson)
    details: dict[str, Any] = Field(sa_type=StoredJson, description="Large fields that only the details page needs.")


class QuantityTable(SQLModel, table=True):
    """A quantity of a plugin's metric, kept after the plugin is removed, since runs have its values."""

    __tablename__ = "quantity"

    key: str = Field(primary_key=True)
    title: str = Field(sa_type=SafeText)
    unit: str
    better: str
    part: str | None = None
    plugin: str | None = Field(default=None, description="Plugin that computes it; null: no longer on offer.")


class TrainingCheckTable(SQLModel, table=True):
    """The result of one training step, for a version of a network, an image shape and a number of classes."""

    __tablename__ = "training_check"

    model: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    image_shape: str = Field(primary_key=True, description="Such as 3x32x32.")
    classes: int = Field(primary_key=True)
    device: str = Field(primary_key=True, description="cpu, cuda or mps.")
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
    """One version of a data set. Rows are never deleted, since runs refer to them."""

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
    """The label that a user gave to a data set; it overrides the announced one."""

    __tablename__ = "dataset_label"

    key: str = Field(primary_key=True)
    label: str
