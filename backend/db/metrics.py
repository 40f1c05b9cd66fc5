"""Queries on measured values."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from backend.contract.metrics import STEP_LOSS
from backend.db.tables import MetricTable


def keys_of(session: Session, run_ids: Sequence[int]) -> Sequence[str]:
    """The keys that any of these runs has a value of."""
    return session.exec(
        select(MetricTable.key).where(col(MetricTable.run_id).in_(run_ids)).distinct().order_by(MetricTable.key)
    ).all()


def of_runs(
    session: Session, run_ids: Sequence[int], *, keys: Sequence[str] | None = None, since_epoch: int = 0
) -> Sequence[MetricTable]:
    """Values of these runs after `since_epoch`, ordered by run, key and step; those of single steps only by name."""
    query = select(MetricTable).where(col(MetricTable.run_id).in_(run_ids), MetricTable.epoch > since_epoch)
    query = query.where(MetricTable.key != STEP_LOSS if keys is None else col(MetricTable.key).in_(keys))
    return session.exec(query.order_by(col(MetricTable.run_id), col(MetricTable.key), col(MetricTable.step))).all()
