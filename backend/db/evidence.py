"""Queries for verdicts: many runs at once, as plain columns."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from backend.contract.telemetry import SystemSample
from backend.db.tables import ConfusionTable, LayerTable, MetricTable, RunTable, SystemTable, WorkerTable, utc_now


def runs(session: Session, run_ids: Sequence[int]) -> Sequence[RunTable]:
    return session.exec(select(RunTable).where(col(RunTable.id).in_(run_ids)).order_by(col(RunTable.id))).all()


def of_models(session: Session, models: Sequence[str]) -> Sequence[RunTable]:
    """All runs of these networks, whatever became of them."""
    return session.exec(select(RunTable).where(col(RunTable.model).in_(models)).order_by(col(RunTable.id))).all()


def models(session: Session) -> Sequence[str]:
    """The networks of all runs, in the order of their first ones."""
    query = select(RunTable.model).group_by(col(RunTable.model)).order_by(func.min(RunTable.id))
    return session.exec(query).all()


def points(
    session: Session, run_ids: Sequence[int], keys: Sequence[str]
) -> Sequence[tuple[int, str, int, float | None]]:
    """(run, key, epoch, value) of what was finite, in the order of run, key and step."""
    query = (
        select(MetricTable.run_id, MetricTable.key, MetricTable.epoch, MetricTable.value)
        .where(col(MetricTable.run_id).in_(run_ids), col(MetricTable.key).in_(keys))
        .where(col(MetricTable.value).is_not(None))
        .order_by(col(MetricTable.run_id), col(MetricTable.key), col(MetricTable.step))
    )
    return session.exec(query).all()


def block_gradients(session: Session, run_ids: Sequence[int]) -> Sequence[tuple[int, int, str, float | None]]:
    """(run, epoch, block, RMS gradient at its output), in the order of run, epoch and depth."""
    query = (
        select(LayerTable.run_id, LayerTable.epoch, LayerTable.name, LayerTable.output_grad_rms)
        .where(col(LayerTable.run_id).in_(run_ids), LayerTable.kind == "block")
        .order_by(col(LayerTable.run_id), col(LayerTable.epoch), col(LayerTable.place))
    )
    return session.exec(query).all()


def update_ratios(session: Session, run_ids: Sequence[int]) -> Sequence[tuple[int, int, str, float | None]]:
    """(run, epoch, layer, size of a step by size of the weight), in the order of run, epoch and depth."""
    query = (
        select(LayerTable.run_id, LayerTable.epoch, LayerTable.name, LayerTable.update_ratio)
        .where(col(LayerTable.run_id).in_(run_ids), LayerTable.kind == "layer", LayerTable.epoch > 0)
        .order_by(col(LayerTable.run_id), col(LayerTable.epoch), col(LayerTable.place))
    )
    return session.exec(query).all()


def confusions(session: Session, run_ids: Sequence[int]) -> dict[int, dict[int, list[list[int]]]]:
    """Run to what its test images were taken for, by epoch."""
    query = (
        select(ConfusionTable.run_id, ConfusionTable.epoch, ConfusionTable.counts)
        .where(col(ConfusionTable.run_id).in_(run_ids))
        .order_by(col(ConfusionTable.run_id), col(ConfusionTable.epoch))
    )
    found: dict[int, dict[int, list[list[int]]]] = {}
    for run_id, epoch, counts in session.exec(query).all():
        found.setdefault(run_id, {})[epoch] = list(counts)
    return found


def loads(session: Session, run_ids: Sequence[int]) -> dict[int, list[SystemSample]]:
    """Run to the looks at its machine's load, in order."""
    found: dict[int, list[SystemSample]] = {}
    for row in session.exec(
        select(SystemTable).where(col(SystemTable.run_id).in_(run_ids)).order_by(col(SystemTable.id))
    ):
        found.setdefault(row.run_id, []).append(SystemSample.model_validate(row, from_attributes=True))
    return found


def last_confusions(session: Session, run_ids: Sequence[int]) -> dict[int, list[list[int]]]:
    """Run to what its test images were taken for after its last epoch."""
    query = (
        select(ConfusionTable.run_id, ConfusionTable.counts)
        .where(col(ConfusionTable.run_id).in_(run_ids))
        .order_by(col(ConfusionTable.run_id), col(ConfusionTable.epoch))
    )
    return {run_id: list(counts) for run_id, counts in session.exec(query).all()}


def hosts(session: Session, rows: Sequence[RunTable]) -> dict[int, str]:
    """Run to the name of the worker that trained it last. A restarted worker keeps its name."""
    names = _host_names(session)
    return {row.id: names[row.worker_id] for row in rows if row.id is not None and row.worker_id in names}


def beside(session: Session, rows: Sequence[RunTable]) -> dict[int, float]:
    """Run to how many others trained on its host beside it, on average over its time: every run of the lab counts, not
    only those asked for."""
    names = _host_names(session)
    spans: dict[str, list[tuple[int | None, datetime, datetime]]] = {}
    everything = select(RunTable.id, RunTable.worker_id, RunTable.started_at, RunTable.finished_at).where(
        col(RunTable.started_at).is_not(None), col(RunTable.worker_id).is_not(None)
    )
    for run_id, worker_id, started, finished in session.exec(everything).all():
        if worker_id in names and started is not None:
            spans.setdefault(names[worker_id], []).append((run_id, started, finished or utc_now()))
    averages = {}
    for row in rows:
        if row.id is None or row.started_at is None or row.worker_id not in names:
            continue
        own = (row.started_at, row.finished_at or utc_now())
        shared = sum(
            _shared(own, (started, ended)) for run_id, started, ended in spans[names[row.worker_id]] if run_id != row.id
        )
        averages[row.id] = shared / max((own[1] - own[0]).total_seconds(), 1e-6)
    return averages


def _shared(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> float:
    """Seconds that both spans have in common."""
    return max(0.0, (min(one[1], other[1]) - max(one[0], other[0])).total_seconds())


def _host_names(session: Session) -> dict[int | None, str]:
    return dict(session.exec(select(WorkerTable.id, WorkerTable.name)).all())
