"""Queries for evidence: many runs at once, as plain columns."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from math import ceil

from sqlalchemy import Subquery, and_, or_
from sqlmodel import Session, col, func, select

from backend.db import metrics
from backend.db.tables import (
    ConfusionTable,
    LayerTable,
    MetricKeyTable,
    MetricTable,
    RunTable,
    SystemTable,
    TransitionTable,
    WorkerTable,
    utc_now,
)
from skiplab.contract.config import RunKind
from skiplab.contract.lifecycle import Status
from skiplab.contract.telemetry import SystemSample


def runs(session: Session, run_ids: Sequence[int]) -> Sequence[RunTable]:
    return session.exec(select(RunTable).where(col(RunTable.id).in_(run_ids)).order_by(col(RunTable.id))).all()


def of_models(session: Session, models: Sequence[str]) -> Sequence[RunTable]:
    """Return all lab runs of these networks, whatever their status."""
    of_lab = (RunTable.kind == RunKind.LAB, col(RunTable.model).in_(models))
    return session.exec(select(RunTable).where(*of_lab).order_by(col(RunTable.id))).all()


def models(session: Session) -> Sequence[str]:
    """Return the networks of all lab runs, ordered by first use."""
    query = (
        select(RunTable.model)
        .where(RunTable.kind == RunKind.LAB)
        .group_by(col(RunTable.model))
        .order_by(func.min(RunTable.id))
    )
    return [model for model in session.exec(query) if model is not None]


def points(
    session: Session, run_ids: Sequence[int], keys: Collection[str]
) -> Sequence[tuple[int, str, int, float | None]]:
    """Return (run, key, epoch, value) of finite values, ordered by run and step within each key."""
    query = (
        select(MetricTable.run_id, MetricKeyTable.key, MetricTable.epoch, MetricTable.value)
        .join_from(MetricTable, MetricKeyTable)
        .where(col(MetricTable.run_id).in_(run_ids), col(MetricTable.key_id).in_(metrics.ids_of(keys)))
        .where(col(MetricTable.value).is_not(None))
        .order_by(col(MetricTable.run_id), col(MetricTable.key_id), col(MetricTable.step))
    )
    return session.exec(query).all()


ByDepth = Sequence[tuple[int, int, str, float | None]]
"""(run, epoch, block or layer, value), ordered by run, epoch and depth."""


def block_gradients(session: Session, run_ids: Sequence[int]) -> ByDepth:
    """Return RMS gradients at block outputs."""
    return _by_depth(session, run_ids, LayerTable.output_grad_rms, LayerTable.kind == "block")


def weight_gradients(session: Session, run_ids: Sequence[int]) -> ByDepth:
    """Return gradient norms of layers' weights."""
    return _by_depth(session, run_ids, LayerTable.grad_norm, LayerTable.kind == "layer")


def update_ratios(session: Session, run_ids: Sequence[int]) -> ByDepth:
    """Return update-to-weight ratios of layers, from epoch 1 on."""
    return _by_depth(session, run_ids, LayerTable.update_ratio, LayerTable.kind == "layer", LayerTable.epoch > 0)


def _by_depth(session: Session, run_ids: Sequence[int], value: float | None, *where: bool) -> ByDepth:
    query = (
        select(LayerTable.run_id, LayerTable.epoch, LayerTable.name, value)
        .where(col(LayerTable.run_id).in_(run_ids), *where)
        .order_by(col(LayerTable.run_id), col(LayerTable.epoch), col(LayerTable.place))
    )
    return session.exec(query).all()


MOST_COUNTS = 4_000_000
"""Most matrix entries read at once. A thousand classes have a million per epoch, which takes about 50 ms to read."""


def confusions(session: Session, run_ids: Sequence[int]) -> dict[int, dict[int, list[list[int]]]]:
    """Return confusion matrices by run and epoch; with many classes only every n-th epoch and the last."""
    last = _last_confusions(run_ids)
    is_of_last = col(ConfusionTable.run_id) == last.c.run_id
    columns = (ConfusionTable.run_id, ConfusionTable.epoch, ConfusionTable.counts)
    ends = session.execute(
        select(*columns, last.c.epochs).join(last, and_(is_of_last, col(ConfusionTable.epoch) == last.c.epoch))
    ).all()
    by_stride: dict[int, list[int]] = {}
    for run_id, _, counts, epochs in ends:
        stride = ceil(epochs * len(counts) ** 2 / (MOST_COUNTS // len(ends)))
        if stride < epochs:
            by_stride.setdefault(stride, []).append(run_id)
    found: dict[int, dict[int, list[list[int]]]] = {run_id: {} for run_id, *_ in ends}
    for stride, strided in by_stride.items():
        before_last = last.c.epoch - col(ConfusionTable.epoch)
        earlier = (col(ConfusionTable.run_id).in_(strided), before_last > 0, before_last % stride == 0)
        query = select(*columns).join(last, is_of_last).where(*earlier).order_by(col(ConfusionTable.epoch))
        for run_id, epoch, counts in session.exec(query):
            found[run_id][epoch] = list(counts)
    for run_id, epoch, counts, _ in ends:
        found[run_id][epoch] = list(counts)
    return found


def last_confusions(session: Session, run_ids: Sequence[int]) -> dict[int, list[list[int]]]:
    """Return the confusion matrix after the last epoch, by run."""
    last = _last_confusions(run_ids)
    query = (
        select(ConfusionTable.run_id, ConfusionTable.counts)
        .join(last, and_(col(ConfusionTable.run_id) == last.c.run_id, col(ConfusionTable.epoch) == last.c.epoch))
        .order_by(col(ConfusionTable.run_id))
    )
    return {run_id: list(counts) for run_id, counts in session.exec(query).all()}


def _last_confusions(run_ids: Sequence[int]) -> Subquery:
    """Of each run that has any: the last epoch, and of how many epochs there are."""
    return (
        select(
            ConfusionTable.run_id,
            func.max(ConfusionTable.epoch).label("epoch"),
            func.count(col(ConfusionTable.epoch)).label("epochs"),
        )
        .where(col(ConfusionTable.run_id).in_(run_ids))
        .group_by(col(ConfusionTable.run_id))
        .subquery()
    )


def loads(session: Session, run_ids: Sequence[int]) -> dict[int, list[SystemSample]]:
    """Return system samples by run, in order."""
    found: dict[int, list[SystemSample]] = {}
    for row in session.exec(
        select(SystemTable).where(col(SystemTable.run_id).in_(run_ids)).order_by(col(SystemTable.id))
    ):
        found.setdefault(row.run_id, []).append(SystemSample.model_validate(row, from_attributes=True))
    return found


def hosts(session: Session, rows: Sequence[RunTable]) -> dict[int, str]:
    """Return the name of the worker that trained each run last. A restarted worker keeps its name."""
    names = _host_names(session)
    return {row.id: names[row.worker_id] for row in rows if row.id is not None and row.worker_id in names}


Span = tuple[datetime, datetime]


def beside(session: Session, rows: Sequence[RunTable]) -> dict[int, float]:
    """Return the mean number of concurrent runs on each run's host while it trained. All runs count; queued and paused
    time does not.
    """
    begun = {row.id: row.started_at for row in rows if row.id is not None and row.started_at is not None}
    trained = _trained(session, rows)
    averages = {}
    for run_id, began in begun.items():
        # Attempts before a run was restarted from scratch do not count.
        own = [(host, span) for host, span in trained.get(run_id, ()) if span[0] >= began]
        others = [each for other, spans in trained.items() if other != run_id for each in spans]
        shared = sum(_overlap(span, theirs) for host, span in own for there, theirs in others if there == host)
        averages[run_id] = shared / max(sum(_overlap(span, span) for _, span in own), 1e-6)
    return averages


def _trained(session: Session, rows: Sequence[RunTable]) -> dict[int, list[tuple[str, Span]]]:
    """Return when and on which host these runs trained, and all others during that time."""
    now = utc_now()
    begin = min((row.started_at for row in rows if row.started_at is not None), default=now)
    end = max((row.finished_at or now for row in rows), default=now)
    meanwhile = (
        col(RunTable.created_at) <= end,
        or_(col(RunTable.finished_at).is_(None), col(RunTable.finished_at) >= begin),
    )
    query = (
        select(TransitionTable)
        .join(RunTable, col(RunTable.id) == TransitionTable.run_id)
        .where(*meanwhile)
        .order_by(col(TransitionTable.run_id), col(TransitionTable.id))
    )
    hosts = _host_names(session)
    return {
        run_id: [
            (hosts[move.worker_id], (move.time, after.time if after else now))
            for move, after in pairwise([*moves, None])
            if move is not None and move.status == Status.RUNNING and move.worker_id in hosts
        ]
        for run_id, moves in groupby(session.exec(query).all(), lambda move: move.run_id)
    }


def _overlap(one: Span, other: Span) -> float:
    """Seconds of overlap."""
    return max(0.0, (min(one[1], other[1]) - max(one[0], other[0])).total_seconds())


def _host_names(session: Session) -> dict[int | None, str]:
    return dict(session.exec(select(WorkerTable.id, WorkerTable.name)).all())
