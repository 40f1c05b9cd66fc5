"""The life of a run: its statuses and the legal moves between them. Nothing else in the lab decides this."""

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
    # running -> queued: the worker was lost, or a clean stop handed the run back.
    Status.RUNNING: frozenset({Status.FINISHED, Status.FAILED, Status.CANCELLED, Status.PAUSED, Status.QUEUED}),
    Status.PAUSED: frozenset({Status.QUEUED, Status.CANCELLED}),
    # failed, cancelled -> queued: resume or retry, asked for by a person.
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.CANCELLED: frozenset({Status.QUEUED}),
    Status.FINISHED: frozenset(),
}

MAX_CRASHES = 3
"""A run fails after this many crashes in a row without a new checkpoint."""

MAX_LOST_WORKERS = 10
"""A run fails after this many workers were lost under it in a row: the run itself may be what kills them."""


def may_move(present: Status, wanted: Status) -> bool:
    return wanted in LEGAL_MOVES[present]
