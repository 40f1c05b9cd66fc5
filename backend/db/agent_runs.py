"""Queries on the runs that agents have queued: how many, and how long they have held a device."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlmodel import Session, col, select

from backend.db.tables import RunTable, TransitionTable, utc_now
from skiplab.contract.lifecycle import ENDED, Status


@dataclass(frozen=True)
class AgentRun:
    """One run of an agent."""

    id: int
    ended: bool
    estimated_seconds: float | None
    device_seconds: float
    """Time in status `running`, of all attempts, until now."""


def of_token(session: Session, token_id: int) -> list[AgentRun]:
    """Return all runs that count against a token's budget."""
    columns = select(RunTable.id, RunTable.status, RunTable.estimated_seconds)
    rows = session.exec(columns.where(RunTable.agent == token_id)).all()
    held = _device_seconds(session, token_id)
    return [
        AgentRun(run_id, status in ENDED, estimated, held.get(run_id, 0.0))
        for run_id, status, estimated in rows
        if run_id is not None
    ]


def _device_seconds(session: Session, token_id: int) -> dict[int, float]:
    changes = (
        select(TransitionTable.run_id, TransitionTable.status, TransitionTable.time)
        .join(RunTable, col(RunTable.id) == TransitionTable.run_id)
        .where(RunTable.agent == token_id)
        .order_by(col(TransitionTable.id))
    )
    histories: dict[int, list[tuple[Status, datetime]]] = {}
    for run_id, status, time in session.exec(changes).all():
        histories.setdefault(run_id, []).append((Status(status), time))
    return {run_id: sum(_running(history)) for run_id, history in histories.items()}


def _running(history: list[tuple[Status, datetime]]) -> Iterator[float]:
    now = (Status.QUEUED, utc_now())
    for (status, begun), (_, ended) in pairwise([*history, now]):
        if status == Status.RUNNING:
            yield (ended - begun).total_seconds()
