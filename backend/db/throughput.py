"""Queries on training throughput."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sqlmodel import Session, col, select

from backend.db import metrics
from backend.db.readable import readable
from backend.db.tables import MetricTable, RunTable
from skiplab.contract.config import RunKind
from skiplab.contract.metrics import Metric
from skiplab.contract.run import RunNetwork

RECENT_RUNS = 200


@dataclass(frozen=True)
class Throughput:
    """Throughput of one run: the median over its epochs."""

    model: str
    dataset: str
    network: RunNetwork | None  # as measured by the run
    images_per_second: float


def of_recent_runs(session: Session) -> Sequence[Throughput]:
    """Return the throughput of recent runs, oldest first."""
    recent = (
        select(RunTable.id, RunTable.model, RunTable.dataset, RunTable.network)
        .where(RunTable.kind == RunKind.LAB, RunTable.epoch > 0)
        .order_by(col(RunTable.id).desc())
        .limit(RECENT_RUNS)
    )
    runs = {row[0]: row for row in session.exec(recent).all()}
    values: dict[int, list[float]] = {}
    points = select(MetricTable.run_id, MetricTable.value).where(
        col(MetricTable.run_id).in_(runs), col(MetricTable.key_id) == metrics.id_of(Metric.IMAGES_PER_SECOND)
    )
    for run_id, value in session.exec(points).all():
        if value:
            values.setdefault(run_id, []).append(value)
    found = [(runs[run_id], median(values[run_id])) for run_id in sorted(values)]
    return [
        Throughput(model or "", dataset or "", readable(RunNetwork, network), speed)
        for (_, model, dataset, network), speed in found
    ]
