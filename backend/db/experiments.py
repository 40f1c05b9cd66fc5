"""Queries on experiments: named sets of runs."""

from collections.abc import Sequence

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.db import run_rows
from backend.db.run_rows import RunRow
from backend.db.tables import ExperimentTable, RunTable


def add(session: Session, name: str) -> ExperimentTable:
    row = ExperimentTable(name=name)
    session.add(row)
    session.flush()
    return row


def get(session: Session, experiment_id: int) -> ExperimentTable | None:
    return session.get(ExperimentTable, experiment_id)


def all(session: Session, *, name: str | None = None) -> Sequence[ExperimentTable]:
    """Return all experiments, or those of this name, newest first."""
    query = select(ExperimentTable).order_by(col(ExperimentTable.id).desc())
    return session.exec(query if name is None else query.where(ExperimentTable.name == name)).all()


def named(session: Session, name: str) -> ExperimentTable:
    """Return the newest experiment of that name, or else a new one."""
    query = select(ExperimentTable).where(ExperimentTable.name == name).order_by(col(ExperimentTable.id).desc())
    return session.exec(query.limit(1)).first() or add(session, name)


def empty(session: Session, *, name: str | None = None) -> Sequence[ExperimentTable]:
    """Return experiments without runs, or those of them with this name, newest first."""
    used = select(RunTable.experiment_id).where(col(RunTable.experiment_id).is_not(None))
    query = select(ExperimentTable).where(col(ExperimentTable.id).not_in(used))
    query = query if name is None else query.where(ExperimentTable.name == name)
    return session.exec(query.order_by(col(ExperimentTable.id).desc())).all()


def runs_of(session: Session, experiment_id: int) -> Sequence[RunTable]:
    return session.exec(_select_runs([experiment_id])).all()


def rows_of(session: Session, experiment_ids: Sequence[int]) -> list[RunRow]:
    """Return the runs of several experiments, for views."""
    return run_rows.found(session, _select_runs(experiment_ids))


def _select_runs(experiment_ids: Sequence[int]) -> SelectOfScalar[RunTable]:
    return select(RunTable).where(col(RunTable.experiment_id).in_(experiment_ids)).order_by(col(RunTable.id))
