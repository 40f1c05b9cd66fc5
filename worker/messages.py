"""What a slot and its trainer process say to each other: one line of JSON each way."""

import os
import sys
from pathlib import Path
from typing import Literal, TextIO

from pydantic import BaseModel

from skiplab.contract.spec import RunSpec


class Assignment(BaseModel):
    """Slot to trainer, on stdin: train this."""

    run_id: int
    attempt: int
    spec: RunSpec
    device: str  # "cpu" or "cuda"
    home: Path
    database: str


class Outcome(BaseModel):
    """Trainer to slot, on stdout: how it ended. Of one that died without a message, the slot says `crashed`."""

    ending: Literal["finished", "stopped", "failed", "fenced", "crashed"]
    reason: str | None = None  # of a finished one: why it ended early; of a stopped one, where nobody asked
    traceback: str | None = None


def take_stdout() -> TextIO:
    """Reserve stdout for the protocol; redirect what a library or a plugin prints to stderr."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answer
