"""The statuses of a run, and the legal transitions between them."""

from enum import StrEnum


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
    # running -> queued: the worker was lost, or returned the run when it stopped.
    Status.RUNNING: frozenset({Status.FINISHED, Status.FAILED, Status.CANCELLED, Status.PAUSED, Status.QUEUED}),
    Status.PAUSED: frozenset({Status.QUEUED, Status.CANCELLED}),
    # failed, cancelled -> queued: resume or retry by a user.
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
        """Sort key of the queue."""
        return PRIORITIES.index(self) - 1

    @staticmethod
    def of_rank(rank: int) -> "Priority":
        return PRIORITIES[max(-1, min(rank, 1)) + 1]


PRIORITIES = tuple(Priority)


STALLED_EPOCHS = 10
"""A run is stalled if it makes no progress for this many times its mean epoch time."""

STALLED_SECONDS = 60.0
"""Minimum time without progress: small epochs are shorter than the pauses of a busy machine."""

MAX_CRASHES = 3
"""A run fails after this many crashes in a row without a new checkpoint."""

MAX_LOST_WORKERS = 10
"""A run fails after losing this many workers in a row: it may be what kills them."""


def may_move(present: Status, wanted: Status) -> bool:
    """Return whether a transition is legal."""
    return wanted in LEGAL_MOVES[present]
