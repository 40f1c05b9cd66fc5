"""Queries on runs and their history. `run_views` converts rows for the API."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from backend.db import events, run_states
from backend.db.dialects import core
from backend.db.tables import RunTable, TransitionTable, utc_now
from skiplab.contract.config import BY_WORKERS
from skiplab.contract.events import RemovedEvent
from skiplab.contract.lifecycle import ENDED, Status, may_move


class Held(NamedTuple):
    """What is watched of a run that a worker trains. Not the whole row: it is read several times a second."""

    run_id: int
    attempt: int
    lease: int
    epoch: int
    epoch_share: float


class IllegalTransition(Exception):
    """A change to a status that the current one does not allow."""


def get(session: Session, run_id: int) -> RunTable | None:
    return session.get(RunTable, run_id)


def absent(session: Session, run_ids: Sequence[int]) -> set[int]:
    """Return the ids that do not exist."""
    return set(run_ids) - set(session.exec(select(RunTable.id).where(col(RunTable.id).in_(run_ids))).all())


def end(session: Session, row: RunTable, status: Status, reason: str | None, *, cause: str | None = None) -> None:
    """Release a run from its holder and set its new status.

    `cause` is recorded in the history; by default `reason`, which the run shows. Raises IllegalTransition.
    """
    if not may_move(Status(row.status), status):
        raise IllegalTransition(f"run {row.id} cannot go from {row.status} to {status}")
    row.status, row.reason = status, reason
    row.activity, row.stop_as, row.stalled = None, None, None
    row.slot = row.lost_contact = None
    record(session, row, cause or reason or status)
    if status not in ENDED:
        row.worker_id = row.device = None
    row.finished_at = utc_now() if status in ENDED else None


def record(session: Session, row: RunTable, cause: str) -> None:
    """Add the run's current status and its cause to the history."""
    assert row.id is not None
    session.add(
        TransitionTable(
            run_id=row.id,
            status=row.status,
            cause=cause,
            attempt=row.attempt,
            epoch=row.epoch,
            worker_id=row.worker_id,
        )
    )


def history(session: Session, run_id: int) -> Sequence[TransitionTable]:
    """Return the transitions of a run, oldest first."""
    query = select(TransitionTable).where(TransitionTable.run_id == run_id)
    return session.exec(query.order_by(col(TransitionTable.id))).all()


def delete(session: Session, row: RunTable) -> None:
    """Delete a run with all its records, and publish that."""
    for table in reversed(SQLModel.metadata.sorted_tables):
        for key in table.foreign_keys:
            if key.column.table.name == RunTable.__tablename__:
                session.execute(table.delete().where(key.parent == row.id))
    assert row.id is not None
    events.append(session, RemovedEvent(run=row.id), run_id=row.id)
    session.delete(row)


def publish(session: Session, rows: Iterable[RunTable], *, passing: bool = False) -> None:
    """Publish that these runs have changed. `passing`: replaced by the run's next passing event."""
    for row in rows:
        assert row.id is not None
        events.append_run(session, row.id, run_states.of(row), passing=passing)


def count_by_status(session: Session) -> dict[Status, int]:
    """Count runs by status, without zeros."""
    counted = session.exec(select(RunTable.status, func.count()).group_by(RunTable.status)).all()
    return {Status(status): count for status, count in counted}


def count_stalled(session: Session) -> int:
    # Only a running run can be stalled; by its status it is found without a scan.
    stalled = (RunTable.status == Status.RUNNING, col(RunTable.stalled).is_not(None))
    return session.exec(select(func.count()).where(*stalled)).one()


def held_by_workers(session: Session) -> list[Held]:
    """Return running runs whose lease a worker renews (other kinds are logged by clients)."""
    columns = [core(RunTable).c[name] for name in ("id", *Held._fields[1:])]
    held = sqlalchemy.select(*columns).where(col(RunTable.status) == Status.RUNNING, col(RunTable.kind).in_(BY_WORKERS))
    return list(map(Held._make, session.connection().execute(held)))
