"""The run queue: queued runs in the order in which they are claimed.

Highest priority first, then by position, then by id. A submitted run has position 0; moved runs and those that made
way for them have negative positions.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ScalarSelect, SQLColumnExpression, case, func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.db.tables import RunTable
from skiplab.contract.lifecycle import Status

WAITS = RunTable.status == Status.QUEUED


class NotQueued(Exception):
    """The run to move next to is not queued."""


def order() -> tuple[SQLColumnExpression[Any], ...]:
    return col(RunTable.priority).desc(), col(RunTable.position), col(RunTable.id)


def ids(session: Session) -> list[int]:
    """Return the queued ids, next first."""
    found = session.exec(select(RunTable.id).where(WAITS).order_by(*order())).all()
    return [id for id in found if id is not None]


def places(session: Session, of: Sequence[int | None]) -> dict[int, int]:
    """Return the 1-based queue positions of these runs, computed by the database so that a long queue is not loaded."""
    if not of:
        return {}
    place = func.row_number().over(order_by=order())
    queue = select(RunTable.id, place.label("place")).where(WAITS).subquery()
    found = session.execute(select(queue.c.id, queue.c.place).where(queue.c.id.in_(of)))
    return {row.id: row.place for row in found}


def first() -> SelectOfScalar[Any]:
    """Select the id of the next run in two steps that both use the index: ordering by descending priority would sort
    the whole queue."""
    highest = select(func.max(RunTable.priority)).where(WAITS).scalar_subquery()
    return _first_of(highest)


def _first_of(priority: int | ScalarSelect[Any]) -> SelectOfScalar[Any]:
    found = select(RunTable.id).where(WAITS, RunTable.priority == priority)
    return found.order_by(col(RunTable.position), col(RunTable.id)).limit(1)


def next_one(session: Session) -> int | None:
    """Return the run that the next claim takes; None if the queue is empty."""
    return session.exec(first()).first()


def put_first(session: Session, row: RunTable) -> None:
    """Move to the front, at the priority of the run that was next. No other row changes."""
    next_id = next_one(session)
    if next_id not in (None, row.id):
        ahead_of = session.get_one(RunTable, next_id)
        row.priority, row.position = ahead_of.priority, ahead_of.position - 1


def put_back(session: Session, row: RunTable) -> None:
    """Position a released run, before it is requeued, in front of all others of its priority, even of those moved since
    it was claimed."""
    next_id = session.exec(_first_of(row.priority)).first()
    if next_id is not None:
        ahead = session.get_one(RunTable, next_id)
        if (ahead.position, next_id) < (row.position, row.id):
            row.position = ahead.position - 1


def put_last(session: Session, row: RunTable) -> None:
    """Move to the end, at the priority of the last run. Runs submitted later go behind it."""
    others = _others(session, row)
    _put(session, row, others, len(others))


def put_before(session: Session, row: RunTable, other_id: int) -> None:
    """Move in front of another run, at its priority. Raises NotQueued."""
    others = _others(session, row)
    if other_id not in others:
        raise NotQueued(other_id)
    _put(session, row, others, others.index(other_id))


def _others(session: Session, row: RunTable) -> list[int]:
    return [id for id in ids(session) if id != row.id]


def _put(session: Session, row: RunTable, others: Sequence[int], place: int) -> None:
    """Renumber all positions in one statement, with a gap for this run at 0-based `place`."""
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
