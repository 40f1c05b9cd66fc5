"""The runs that wait, and the order in which they will be claimed.

Highest priority first, then by position, then as they came. A submitted run has position 0; those that somebody moved
and those that had to make way are below it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ScalarSelect, SQLColumnExpression, case, func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.db.tables import RunTable
from skiplab.contract.lifecycle import Status

WAITS = RunTable.status == Status.QUEUED


class NotWaiting(Exception):
    """There is no place beside a run that is not in the queue."""


def order() -> tuple[SQLColumnExpression[Any], ...]:
    return col(RunTable.priority).desc(), col(RunTable.position), col(RunTable.id)


def ids(session: Session) -> list[int]:
    """The next first."""
    found = session.exec(select(RunTable.id).where(WAITS).order_by(*order())).all()
    return [id for id in found if id is not None]


def places(session: Session, of: Sequence[int | None]) -> dict[int, int]:
    """Where these stand, the next one at 1. Counted by the database: of a long queue, only what was asked for is
    read."""
    if not of:
        return {}
    place = func.row_number().over(order_by=order())
    queue = select(RunTable.id, place.label("place")).where(WAITS).subquery()
    found = session.execute(select(queue.c.id, queue.c.place).where(queue.c.id.in_(of)))
    return {row.id: row.place for row in found}


def first() -> SelectOfScalar[Any]:
    """Asks for the id of the run that is next. In two steps, each of which the index leads straight to: ordered by
    falling priority, all that wait would be sorted for it."""
    highest = select(func.max(RunTable.priority)).where(WAITS).scalar_subquery()
    return _first_of(highest)


def _first_of(priority: int | ScalarSelect[Any]) -> SelectOfScalar[Any]:
    found = select(RunTable.id).where(WAITS, RunTable.priority == priority)
    return found.order_by(col(RunTable.position), col(RunTable.id)).limit(1)


def next_one(session: Session) -> int | None:
    """The run that the next claim would take."""
    return session.exec(first()).first()


def put_first(session: Session, row: RunTable) -> None:
    """Before all others, at the priority of the one that was next. No other row is touched, however many wait."""
    next_id = next_one(session)
    if next_id not in (None, row.id):
        ahead_of = session.get_one(RunTable, next_id)
        row.priority, row.position = ahead_of.priority, ahead_of.position - 1


def put_back(session: Session, row: RunTable) -> None:
    """A run that a worker lets go of, not yet waiting: before all others of its priority, whatever was moved since it
    was taken."""
    next_id = session.exec(_first_of(row.priority)).first()
    if next_id is not None:
        ahead = session.get_one(RunTable, next_id)
        if (ahead.position, next_id) < (row.position, row.id):
            row.position = ahead.position - 1


def put_last(session: Session, row: RunTable) -> None:
    """Behind all others, at the priority of the last one. Runs that are submitted later stand behind it."""
    others = _others(session, row)
    _put(session, row, others, len(others))


def put_before(session: Session, row: RunTable, other_id: int) -> None:
    """At the priority of that other one. Raises NotWaiting."""
    others = _others(session, row)
    if other_id not in others:
        raise NotWaiting(other_id)
    _put(session, row, others, others.index(other_id))


def _others(session: Session, row: RunTable) -> list[int]:
    return [id for id in ids(session) if id != row.id]


def _put(session: Session, row: RunTable, others: Sequence[int], place: int) -> None:
    """Number them all anew, in one statement, with a gap for this one at `place`, counted from 0."""
    if not others:
        return
    beside = session.get_one(RunTable, others[min(place, len(others) - 1)])
    beyond = len(others) + 1
    rank = func.row_number().over(order_by=order()) - 1
    ranked = select(RunTable.id, rank.label("rank")).where(WAITS, col(RunTable.id) != row.id).subquery()
    makes_way = case((ranked.c.rank >= place, 1), else_=0)
    session.execute(
        update(RunTable)
        .where(col(RunTable.id) == ranked.c.id)
        .values(position=ranked.c.rank + makes_way - beyond)
        .execution_options(synchronize_session=False)
    )
    row.priority, row.position = beside.priority, place - beyond
