"""Messages between a slot and its trainer process: one line of JSON each way."""

import os
import sys
from pathlib import Path
from typing import Literal, TextIO

from pydantic import BaseModel

from skiplab.contract.spec import RunSpec


class Assignment(BaseModel):
    """Sent by the slot on stdin: the attempt to train."""

    run_id: int
    attempt: int
    spec: RunSpec
    device: str  # "cpu", "cuda" or "mps"
    home: Path
    database: str


class Outcome(BaseModel):
    """Sent by the trainer on stdout: how the attempt ended. The slot sets `crashed` for one that died without it."""

    ending: Literal["finished", "stopped", "failed", "fenced", "crashed"]
    reason: str | None = None  # why it finished early, or stopped without a request
    traceback: str | None = None


def take_stdout() -> TextIO:
    """Reserve stdout for the protocol; redirect what a library or a plugin prints to stderr."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answer
