"""What a slot and its trainer process say to each other: one line of JSON each way."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from backend.contract.spec import RunSpec


class Assignment(BaseModel):
    """Slot to trainer, on stdin: train this."""

    run_id: int
    attempt: int
    spec: RunSpec
    device: str  # "cpu" or "cuda"
    home: Path
    database: str


class Outcome(BaseModel):
    """Trainer to slot, on stdout: how it ended. A trainer that dies says nothing."""

    ending: Literal["finished", "stopped", "failed", "fenced"]
    reason: str | None = None  # of a finished one: why it ended early
    traceback: str | None = None
