"""Submission of runs: each gets a new id, a first history entry and an event."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col

from backend.db import runs, versions
from backend.db.tables import CounterTable, RunTable
from skiplab.contract.lifecycle import Priority
from skiplab.contract.spec import RunSpec


@dataclass(frozen=True)
class Submission:
    """A lab run to queue."""

    spec: RunSpec
    name: str
    tags: Sequence[str] = ()
    experiment_id: int | None = None
    priority: Priority = Priority.NORMAL
    agent: int | None = None
    """Id of the token whose budget it counts against."""
    estimated_seconds: float | None = None


def add(session: Session, spec: RunSpec, *, name: str) -> RunTable:
    """Queue one lab run and publish it."""
    (row,) = add_all(session, [Submission(spec, name)])
    return row


def add_all(session: Session, new: Sequence[Submission]) -> list[RunTable]:
    """Queue lab runs, in this order, and publish them."""
    current = versions.current(session, {each.spec.dataset for each in new})
    rows = [
        RunTable(
            name=each.name,
            model=each.spec.model,
            dataset=each.spec.dataset,
            config=each.spec.model_dump(mode="json"),
            tags=list(each.tags),
            experiment_id=each.experiment_id,
            data_version_id=current.get(each.spec.dataset),
            priority=each.priority.rank,
            agent=each.agent,
            estimated_seconds=each.estimated_seconds,
        )
        for each in new
    ]
    store(session, rows, cause="submitted")
    return rows


def store(session: Session, rows: Sequence[RunTable], *, cause: str) -> None:
    """Store new rows of any kind, give them ids in this order, and publish them. `cause` begins their history."""
    for run_id, row in enumerate(rows, start=_new_ids(session, len(rows))):
        row.id = run_id
    session.add_all(rows)
    session.flush()
    for row in rows:
        runs.record(session, row, cause)
    runs.publish(session, rows)


def _new_ids(session: Session, count: int) -> int:
    """Reserve `count` consecutive ids that were never used; returns the first."""
    of_runs = col(CounterTable.name) == RunTable.__tablename__
    drawn = update(CounterTable).where(of_runs).values(last=CounterTable.last + count)
    last: int = session.execute(drawn.returning(col(CounterTable.last))).scalar_one()
    return last - count + 1
