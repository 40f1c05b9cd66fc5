"""Queries of one attempt: a worker claims a run, keeps its lease alive, writes what it measures, and settles it.

Every write first checks, in its own transaction, that the attempt still holds the run. One that does not has been
fenced off: another worker may be training the run already, and nothing of the old attempt may reach the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, func, select

from backend.contract.events import EventType, MetricsEvent, RewindEvent
from backend.contract.lifecycle import MAX_CRASHES, MAX_LOST_WORKERS, Status
from backend.contract.metrics import BEST_METRIC, Metric
from backend.contract.spec import RunSpec
from backend.db import events, runs
from backend.db.tables import MetricTable, RunTable, utc_now


class Fenced(Exception):
    """The attempt no longer holds its run: it must stop and write nothing more."""


@dataclass(frozen=True)
class Claim:
    """A run taken by a worker's slot, and the number that fences everyone else off."""

    run_id: int
    attempt: int
    spec: RunSpec


@dataclass(frozen=True)
class Lease:
    """What a renewal tells the holder."""

    stop_requested: bool


def claim(session: Session, *, worker_id: int, slot: int, device: str) -> Claim | None:
    """Take the first queued run, or None when nothing waits.

    One UPDATE decides, so that of two claimers only one can win a run.
    """
    first = (
        select(RunTable.id)
        .where(RunTable.status == Status.QUEUED)
        .order_by(*runs.queue_order())
        .limit(1)
        .scalar_subquery()
    )
    taken = session.execute(
        update(RunTable)
        .where(col(RunTable.id) == first, col(RunTable.status) == Status.QUEUED)
        .values(
            status=Status.RUNNING,
            attempt=RunTable.attempt + 1,
            lease=RunTable.lease + 1,
            worker_id=worker_id,
            slot=slot,
            device=device,
            reason=None,
            activity="starting",
            started_at=func.coalesce(RunTable.started_at, utc_now()),
            finished_at=None,
            paced_from=None,
        )
        .returning(col(RunTable.id))
    ).scalar_one_or_none()
    if taken is None:
        return None
    row = session.get_one(RunTable, taken)
    rewind(session, row, epoch=0)
    runs.tell(session, row)
    return Claim(taken, row.attempt, RunSpec.model_validate(row.spec))


def rewind(session: Session, row: RunTable, *, epoch: int) -> None:
    """Forget what lies after `epoch`: the attempt goes on from there."""
    gone = session.execute(
        delete(MetricTable)
        .where(col(MetricTable.run_id) == row.id, col(MetricTable.epoch) > epoch)
        .returning(col(MetricTable.epoch))
    ).all()
    row.epoch, row.epoch_share = epoch, 0.0
    if gone and row.id is not None:
        best = select(MetricTable).where(MetricTable.run_id == row.id, MetricTable.key == BEST_METRIC)
        kept = session.exec(best.order_by(col(MetricTable.value).desc(), col(MetricTable.epoch)).limit(1)).first()
        row.best_value, row.best_epoch = (kept.value, kept.epoch) if kept else (None, None)
        events.append(session, EventType.REWIND, RewindEvent(run=row.id, epoch=epoch), run_id=row.id)


def renew(session: Session, run_id: int, attempt: int) -> Lease:
    """Show that the holder lives. Raises Fenced."""
    stop_requested = session.execute(
        update(RunTable)
        .where(col(RunTable.id) == run_id, *_held_by(attempt))
        .values(lease=RunTable.lease + 1)
        .returning(col(RunTable.stop_requested))
    ).scalar_one_or_none()
    if stop_requested is None:
        raise Fenced(f"run {run_id} is no longer held by attempt {attempt}")
    return Lease(stop_requested)


def record_activity(session: Session, run_id: int, attempt: int, activity: str) -> None:
    """Say what the run is doing beside training. Raises Fenced."""
    row = held(session, run_id, attempt)
    row.activity = activity
    runs.tell(session, row, passing=True)


def record_progress(session: Session, run_id: int, attempt: int, *, epoch: int, share: float) -> None:
    """Say how far the attempt is inside `epoch`. Raises Fenced."""
    row = held(session, run_id, attempt)
    row.activity = "training"
    row.epoch, row.epoch_share = epoch - 1, share
    if row.paced_from is None:
        row.paced_from, row.paced_from_epoch = utc_now(), row.epoch + share
    runs.tell(session, row, passing=True)


def record_epoch(
    session: Session, run_id: int, attempt: int, *, epoch: int, step: int, values: Mapping[Metric, float]
) -> None:
    """Keep one finished epoch: all its values, the run's progress and best, and the events. Raises Fenced."""
    row = held(session, run_id, attempt)
    now = utc_now()
    for key, value in values.items():
        finite = isfinite(value)
        session.merge(
            MetricTable(
                run_id=run_id,
                key=key,
                step=step,
                epoch=epoch,
                time=now,
                value=value if finite else None,
                nonfinite=None if finite else str(value),
            )
        )
    row.epoch, row.epoch_share, row.activity = epoch, 0.0, "training"
    _keep_best(row, epoch, values.get(BEST_METRIC))
    finite_values = {str(key): value if isfinite(value) else None for key, value in values.items()}
    told = MetricsEvent(
        run=run_id,
        epoch=epoch,
        step=step,
        time=now,
        values=finite_values,
        nonfinite=[key for key, value in finite_values.items() if value is None],
    )
    events.append(session, EventType.METRICS, told, run_id=run_id)
    runs.tell(session, row)


def finish(session: Session, run_id: int, attempt: int) -> None:
    """The run trained to its end. Raises Fenced."""
    _settle(session, held(session, run_id, attempt), Status.FINISHED, None)


def fail(session: Session, run_id: int, attempt: int, *, reason: str, traceback: str | None = None) -> None:
    """The run cannot succeed by trying again. Raises Fenced."""
    row = held(session, run_id, attempt)
    row.traceback = traceback
    _settle(session, row, Status.FAILED, reason)


def hand_back(session: Session, run_id: int, attempt: int, *, reason: str) -> None:
    """The attempt ended cleanly before its run did: by a cancel, or by a stop of the worker. Raises Fenced."""
    row = held(session, run_id, attempt)
    if row.stop_requested:
        _settle(session, row, Status.CANCELLED, "cancelled while running")
    else:
        _settle(session, row, Status.QUEUED, reason)


def crash(session: Session, run_id: int, attempt: int, *, reason: str) -> None:
    """The trainer died under the run: once more, unless that has happened too often in a row. Raises Fenced."""
    row = held(session, run_id, attempt)
    row.crashes += 1
    if row.crashes >= MAX_CRASHES and not row.stop_requested:
        _settle(session, row, Status.FAILED, f"crashed {row.crashes} times in a row: {reason}")
    else:
        _settle(session, row, *_after_loss(row, f"{reason}; crash {row.crashes} of {MAX_CRASHES}"))


def lose(session: Session, run_id: int, attempt: int, *, reason: str) -> None:
    """The holder fell silent. Raises Fenced when it was settled meanwhile."""
    row = held(session, run_id, attempt)
    row.lost_workers += 1
    if row.lost_workers >= MAX_LOST_WORKERS and not row.stop_requested:
        _settle(session, row, Status.FAILED, f"{row.lost_workers} workers were lost under it in a row: {reason}")
    else:
        _settle(session, row, *_after_loss(row, f"{reason}, attempt {row.attempt}"))


def held(session: Session, run_id: int, attempt: int) -> RunTable:
    """The run, if the attempt still holds it. Raises Fenced."""
    row = session.exec(select(RunTable).where(RunTable.id == run_id, *_held_by(attempt))).one_or_none()
    if row is None:
        raise Fenced(f"run {run_id} is no longer held by attempt {attempt}")
    return row


def _held_by(attempt: int) -> tuple[ColumnElement[bool], ...]:
    return col(RunTable.attempt) == attempt, col(RunTable.status) == Status.RUNNING


def _after_loss(row: RunTable, reason: str) -> tuple[Status, str]:
    """Where a run goes that lost its attempt: a cancel that was asked for still holds."""
    return (Status.CANCELLED, f"cancelled; {reason}") if row.stop_requested else (Status.QUEUED, reason)


def _settle(session: Session, row: RunTable, status: Status, reason: str | None) -> None:
    runs.end(row, status, reason)
    runs.tell(session, row)


def _keep_best(row: RunTable, epoch: int, value: float | None) -> None:
    if value is not None and isfinite(value) and (row.best_value is None or value > row.best_value):
        row.best_value, row.best_epoch = value, epoch
