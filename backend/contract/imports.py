"""An import: a zip of images that somebody uploaded, on its way to becoming a data set."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field


class ImportStatus(StrEnum):
    WAITING = "waiting"
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"


class Import(BaseModel):
    id: int
    key: str = Field(description="Of the data set that it becomes.")
    size: int | None = Field(description="Pixels a side that were asked for; null: what most images have.")
    bytes: int = Field(description="Of the upload.")
    status: ImportStatus
    reason: str | None = Field(description="Why it failed.")
    images_done: int
    images: int = Field(description="0 while they are not counted yet.")
    created_at: datetime
    ended_at: datetime | None
