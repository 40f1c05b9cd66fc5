"""Deletion of expired rows in batches, each small enough for one short transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, delete, func
from sqlmodel import Session, col, select

from backend.db import metrics
from backend.db.tables import ArtifactTable, EventTable, LogTable, MetricTable, RunTable
from skiplab.contract.lifecycle import Status
from skiplab.contract.metrics import STEP_LOSS

BATCH = 1000
"""Rows per transaction: some milliseconds, during which other writers wait."""


def forget_events(session: Session, *, before: datetime, limit: int = BATCH) -> int:
    """Delete the oldest events and return how many. The newest always stays: the stream resumes from it."""
    newest = session.exec(select(func.max(EventTable.id))).one() or 0
    # In order of ids, up to the first recent one: the rest must have no gaps.
    oldest = session.exec(
        select(EventTable.id, EventTable.created_at)
        .where(col(EventTable.id) < newest)
        .order_by(col(EventTable.id))
        .limit(limit)
    ).all()
    last = 0
    count = 0
    for event_id, created_at in oldest:
        if created_at >= before:
            break
        last, count = event_id or 0, count + 1
    session.execute(delete(EventTable).where(col(EventTable.id) <= last))
    return count


def runs_with_many_points(session: Session, *, more_than: int) -> Sequence[int]:
    """Return runs with more step losses than that."""
    # Run by run, as the table is ordered: a scan of millions of values takes seconds.
    of_run = (MetricTable.run_id == RunTable.id, col(MetricTable.key_id) == metrics.id_of(STEP_LOSS))
    losses = select(func.count()).select_from(MetricTable).where(*of_run).correlate(RunTable).scalar_subquery()
    return [run_id for run_id in session.exec(select(RunTable.id).where(losses > more_than)) if run_id is not None]


def runs_with_long_logs(session: Session, *, more_than: int) -> Sequence[int]:
    """Return runs with more log lines than that."""
    return session.exec(select(LogTable.run_id).group_by(col(LogTable.run_id)).having(func.count() > more_than)).all()


def thin_step_points(session: Session, run_id: int, *, keep: int) -> int:
    """Thin a run's step losses to about `keep`, spread evenly over its steps, including the first and last.

    Even over steps, not over points, so that repeated thinning during a run stays even. Returns the number deleted.
    """
    mine = (col(MetricTable.run_id) == run_id, col(MetricTable.key_id) == metrics.id_of(STEP_LOSS))
    count, first, last = session.exec(
        select(func.count(), func.min(MetricTable.step), func.max(MetricTable.step)).where(*mine)
    ).one()
    if count <= keep:
        return 0
    # `keep` buckets; the last one contains only the last step.
    bucket = (col(MetricTable.step) - first) * (keep - 1) / (last - first)
    chosen = select(func.min(MetricTable.step)).where(*mine).group_by(func.floor(bucket))
    deleted = session.execute(delete(MetricTable).where(*mine, col(MetricTable.step).not_in(chosen)))
    return _rows(deleted)


def cut_log(session: Session, run_id: int, *, keep: int, limit: int = BATCH) -> int:
    """Delete the oldest log lines of a run beyond the newest `keep`; returns how many."""
    mine = col(LogTable.run_id) == run_id
    newest_excess = session.exec(
        select(LogTable.id).where(mine).order_by(col(LogTable.id).desc()).offset(keep).limit(1)
    ).first()
    if newest_excess is None:
        return 0
    oldest = select(LogTable.id).where(mine, col(LogTable.id) <= newest_excess).order_by(col(LogTable.id)).limit(limit)
    return _rows(session.execute(delete(LogTable).where(col(LogTable.id).in_(oldest))))


def forget_checkpoints(session: Session, *, before: datetime, limit: int = BATCH) -> list[str]:
    """Delete the rows of checkpoints of runs that finished before that. Returns the paths relative to `runs/`, to be
    deleted after the commit."""
    finished = select(RunTable.id).where(RunTable.status == Status.FINISHED, col(RunTable.finished_at) < before)
    old = select(ArtifactTable).where(ArtifactTable.kind == "checkpoint", col(ArtifactTable.run_id).in_(finished))
    rows = session.exec(old.limit(limit)).all()
    for row in rows:
        session.delete(row)
    return [row.path for row in rows]


def _rows(result: object) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
