"""Errands: background tasks of a worker, stored as one row each and claimed like runs."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

LONGEST_ERROR = 2_000
"""Maximum characters of a stored error; longer ones are truncated."""


class ErrandKind(StrEnum):
    MEASURE_CARD = "measure_card"
    PREVIEW_AUGMENTATION = "preview_augmentation"
    IMPORT_DATA = "import_data"


class ErrandStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({ErrandStatus.DONE, ErrandStatus.FAILED, ErrandStatus.CANCELLED})


class _Arguments(BaseModel):
    """Arguments of one kind. `priority`: higher runs first; 1 if a user waits for the result."""

    priority: ClassVar[int]
    model_config = ConfigDict(frozen=True, extra="forbid")


class CardTask(_Arguments):
    """Measure a network's parameters, FLOPs and layers."""

    priority = 1
    kind: Literal[ErrandKind.MEASURE_CARD] = ErrandKind.MEASURE_CARD
    model: str = Field(max_length=200, description="The network's key.")


class PreviewTask(_Arguments):
    """Render each augmentation on a few images of a data set."""

    priority = 1
    kind: Literal[ErrandKind.PREVIEW_AUGMENTATION] = ErrandKind.PREVIEW_AUGMENTATION
    dataset: str = Field(max_length=200, description="The data set's key.")


class ImportTask(_Arguments):
    """Inspect an upload, or import it as a data set, depending on the status of its import."""

    priority = 0
    kind: Literal[ErrandKind.IMPORT_DATA] = ErrandKind.IMPORT_DATA
    import_id: int = Field(ge=1, lt=2**63, description="The import's id.")


Task = Annotated[CardTask | PreviewTask | ImportTask, Field(discriminator="kind")]
"""What an errand is to do: its kind and that kind's arguments."""

Requestable = Annotated[CardTask | PreviewTask, Field(discriminator="kind")]
"""Tasks that `POST /errands` accepts; imports are created by uploads."""


class Errand(BaseModel):
    """An errand, in API responses and events."""

    id: int
    kind: str = Field(description="One of ErrandKind, or a kind of another version of Skiplab.")
    task: Task | None = Field(description="Its task; null if this version cannot read it.")
    priority: int = Field(description="Higher runs first.")
    status: ErrandStatus = Field(json_schema_extra={"x-ended": [*sorted(ENDED)]})
    worker: str | None = Field(description="The worker that runs it or ran it last.")
    attempt: int = Field(description="How many times a worker has started it.")
    crashes: int = Field(description="Consecutive crashes of its process.")
    done: int = Field(description="Units completed, such as images.")
    total: int = Field(description="Total units; 0 while unknown.")
    result: dict[str, JsonValue] | None = Field(
        description="Its result, by kind; null for kinds whose result is found through the task."
    )
    error: str | None = Field(description="Why it failed, or why it was requeued.")
    created_at: datetime
    started_at: datetime | None = Field(description="Start of its newest attempt.")
    ended_at: datetime | None
