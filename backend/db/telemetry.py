"""Queries on telemetry: layers, confusion matrices, system samples and logs."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from backend.db.tables import ConfusionTable, LayerTable, LogTable, SystemTable


def layers(session: Session, run_id: int, *, since_epoch: int | None = None) -> Sequence[LayerTable]:
    """Return layer statistics ordered by epoch and depth; `since_epoch`: only later epochs."""
    query = select(LayerTable).where(LayerTable.run_id == run_id)
    if since_epoch is not None:
        query = query.where(LayerTable.epoch > since_epoch)
    return session.exec(query.order_by(col(LayerTable.epoch), col(LayerTable.place))).all()


def confusion(session: Session, run_id: int, epoch: int | None = None) -> ConfusionTable | None:
    """Return the confusion matrix of `epoch`, or the newest; None without any."""
    query = select(ConfusionTable).where(ConfusionTable.run_id == run_id)
    if epoch is not None:
        query = query.where(ConfusionTable.epoch == epoch)
    return session.exec(query.order_by(col(ConfusionTable.epoch).desc()).limit(1)).first()


def confusion_epochs(session: Session, run_id: int) -> list[int]:
    query = select(ConfusionTable.epoch).where(ConfusionTable.run_id == run_id)
    return list(session.exec(query.order_by(col(ConfusionTable.epoch))))


def system(session: Session, run_id: int, *, newest: int | None = None) -> Sequence[SystemTable]:
    """Return all samples, or the `newest` ones, in order."""
    query = select(SystemTable).where(SystemTable.run_id == run_id).order_by(col(SystemTable.id).desc()).limit(newest)
    return session.exec(query).all()[::-1]


def log(session: Session, run_id: int, *, after: int, limit: int) -> Sequence[LogTable]:
    """Return log lines with a higher id, in order."""
    query = select(LogTable).where(LogTable.run_id == run_id, col(LogTable.id) > after)
    return session.exec(query.order_by(col(LogTable.id)).limit(limit)).all()


def log_tail(session: Session, run_id: int, *, limit: int) -> Sequence[LogTable]:
    """Return the last log lines, in order."""
    query = select(LogTable).where(LogTable.run_id == run_id).order_by(col(LogTable.id).desc()).limit(limit)
    return session.exec(query).all()[::-1]
