"""Queries on experiments: named sets of runs."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from backend.db.tables import ExperimentTable, RunTable


def add(session: Session, name: str) -> ExperimentTable:
    row = ExperimentTable(name=name)
    session.add(row)
    session.flush()
    return row


def get(session: Session, experiment_id: int) -> ExperimentTable | None:
    return session.get(ExperimentTable, experiment_id)


def all(session: Session) -> Sequence[ExperimentTable]:
    """Return all experiments, newest first."""
    return session.exec(select(ExperimentTable).order_by(col(ExperimentTable.id).desc())).all()


def empty(session: Session) -> Sequence[ExperimentTable]:
    """Return experiments without runs, newest first."""
    used = select(RunTable.experiment_id).where(col(RunTable.experiment_id).is_not(None))
    query = select(ExperimentTable).where(col(ExperimentTable.id).not_in(used))
    return session.exec(query.order_by(col(ExperimentTable.id).desc())).all()


def runs_of(session: Session, experiment_ids: Sequence[int]) -> Sequence[RunTable]:
    return session.exec(
        select(RunTable).where(col(RunTable.experiment_id).in_(experiment_ids)).order_by(col(RunTable.id))
    ).all()
