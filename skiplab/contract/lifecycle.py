"""The life of a run: its statuses and the legal moves between them. Nothing else in the lab decides this."""

from enum import StrEnum
from typing import Self


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({Status.FINISHED, Status.FAILED, Status.CANCELLED})

LEGAL_MOVES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.PAUSED, Status.CANCELLED}),
    # running -> queued: the worker was lost, or a clean stop handed the run back.
    Status.RUNNING: frozenset({Status.FINISHED, Status.FAILED, Status.CANCELLED, Status.PAUSED, Status.QUEUED}),
    Status.PAUSED: frozenset({Status.QUEUED, Status.CANCELLED}),
    # failed, cancelled -> queued: resume or retry, asked for by a person.
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.CANCELLED: frozenset({Status.QUEUED}),
    Status.FINISHED: frozenset(),
}


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """What the queue is ordered by; a run that is not given a priority has 0."""
        return {Priority.LOW: -1, Priority.NORMAL: 0, Priority.HIGH: 1}[self]

    @classmethod
    def of_rank(cls, rank: int) -> Self:
        return next(each for each in cls if each.rank == max(-1, min(rank, 1)))


STALLED_EPOCHS = 10
"""A run that has not moved for as long as this many of its epochs took on average is called stalled."""

STALLED_SECONDS = 60.0
"""But not before this: small epochs take less than a busy machine may pause for."""

MAX_CRASHES = 3
"""A run fails after this many crashes in a row without a new checkpoint."""

MAX_LOST_WORKERS = 10
"""A run fails after this many workers were lost under it in a row: the run itself may be what kills them."""


def may_move(present: Status, wanted: Status) -> bool:
    return wanted in LEGAL_MOVES[present]
