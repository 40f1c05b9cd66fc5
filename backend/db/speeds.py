"""Queries on how fast networks have trained here."""

from statistics import median

from sqlmodel import Session, col, select

from backend.contract.metrics import Metric
from backend.db.tables import MetricTable, RunTable

RECENT_RUNS = 200


def images_per_second(session: Session) -> dict[str, float]:
    """Training images per second of each network that has run lately: the median over its epochs."""
    recent = select(RunTable.id).where(RunTable.epoch > 0).order_by(col(RunTable.id).desc()).limit(RECENT_RUNS)
    rows = session.exec(
        select(RunTable.model, MetricTable.value)
        .join(MetricTable, col(MetricTable.run_id) == RunTable.id)
        .where(col(RunTable.id).in_(recent), MetricTable.key == Metric.IMAGES_PER_SECOND)
    ).all()
    speeds: dict[str, list[float]] = {}
    for model, value in rows:
        if value:
            speeds.setdefault(model, []).append(value)
    return {model: median(values) for model, values in speeds.items()}
