"""How far a spool has been delivered: one small record, overwritten in place, which needs no room on a full disk."""

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

SIZE = 512
"""Bytes of the file. Less than a page: a process is killed before or after such a write, not within it."""


class Phase(StrEnum):
    STORED = "stored"
    """The lab has confirmed the last batch."""

    CUT = "cut"
    """The last batch has its number and its bytes; whether the lab has it is unknown."""

    ENDING = "ending"
    """The lab has all points; whether it knows that the run has ended is unknown."""


@dataclass(frozen=True)
class Position:
    run: int | None = None
    """The lab's id of the run; None: not started there yet."""

    holder: int = 0
    seq: int = 0
    """Number of the last batch that was cut."""

    segment: int = 1
    start: int = 0
    end: int = 0
    """The bytes of that batch in its segment. None of them (start = end): it was held in memory."""

    phase: Phase = Phase.STORED
    dropped: int = 0
    """Points lost at a full disk, in all."""

    refused: str = ""
    """Name of the lab's final refusal of this run; empty: none."""


class PositionFile:
    """The file with the record. Its blocks are allocated when it is created."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def read(self) -> Position:
        """Return the stored position. Raises ValueError for a damaged file."""
        stored = json.loads(os.pread(self._fd, SIZE, 0) or b"{}")
        if "phase" in stored:
            stored["phase"] = Phase(stored["phase"])
        return Position(**stored)

    def write(self, position: Position) -> None:
        """Overwrite the stored position. Raises OSError."""
        os.pwrite(self._fd, json.dumps(asdict(position)).encode().ljust(SIZE - 1) + b"\n", 0)

    def close(self) -> None:
        os.close(self._fd)
