"""Queries of one attempt: a worker claims a run, keeps its lease alive and settles it. What it measures meanwhile is
written by `records`.

Every write first checks, in its own transaction, that the attempt still holds the run. One that does not has been
fenced off: another worker may be training the run already, and nothing of the old attempt may reach the data.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, func, select

from backend.db import artifacts, events, run_views, runs, versions, waiting, workers
from backend.db.tables import (
    ArtifactTable,
    ConfusionTable,
    LayerTable,
    MetricTable,
    RunTable,
    SystemTable,
    WorkerTable,
    utc_now,
)
from skiplab.contract.best import best_of, planned_metric
from skiplab.contract.events import RewindEvent
from skiplab.contract.lifecycle import MAX_CRASHES, MAX_LOST_WORKERS, STALLED_EPOCHS, STALLED_SECONDS, Status
from skiplab.contract.metrics import Metric
from skiplab.contract.spec import RunSpec


class Fenced(Exception):
    """The attempt no longer holds its run: it must stop and write nothing more."""


@dataclass(frozen=True)
class Claim:
    """A run taken by a worker's slot, and the number that fences everyone else off."""

    run_id: int
    attempt: int
    spec: RunSpec


def claim(session: Session, *, worker_id: int, slot: int, device: str) -> Claim | None:
    """Take the first queued run, or None when nothing waits. One that this version cannot train fails, with the
    reason, and the next is taken.

    One UPDATE decides, so that of two claimers only one can win a run.
    """
    worker = session.get_one(WorkerTable, worker_id)
    if worker.draining:
        return None
    while (row := _take_first(session, worker, slot=slot, device=device)) is not None:
        assert row.id is not None
        spec = row.usable_spec
        if spec is not None:
            run_views.publish(session, [row])
            workers.publish_of(session, worker_id)
            return Claim(row.id, row.attempt, spec)
        _settle(session, row, Status.FAILED, untrainable(row))
    return None


def untrainable(row: RunTable) -> str | None:
    """Why no worker of this version can train the run, whatever it offers; None where one may."""
    stored = row.stored_spec
    if stored is None:
        return f"no worker of this version trains runs of kind {row.kind}"
    if stored.problem is not None:
        return f"this version cannot use its config ({stored.problem}); submit it again with other values"
    return None


def _take_first(session: Session, worker: WorkerTable, *, slot: int, device: str) -> RunTable | None:
    first = waiting.first().scalar_subquery()
    taken = session.execute(
        update(RunTable)
        .where(col(RunTable.id) == first, col(RunTable.status) == Status.QUEUED)
        .values(
            status=Status.RUNNING,
            attempt=RunTable.attempt + 1,
            lease=RunTable.lease + 1,
            worker_id=worker.id,
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
    rewind(session, row)
    runs.record(session, row, f"started on worker {worker.name}, slot {slot}")
    return row


def rewind(session: Session, row: RunTable) -> None:
    """Go back to the last checkpoint, or to the start: what lies after it is forgotten and will be measured again."""
    assert row.id is not None
    kept = artifacts.last_checkpoint(session, row.id)
    epoch, step = (kept.epoch, kept.step) if kept else (0, 0)
    gone = _forget_after(session, row.id, epoch=epoch, step=step)
    row.epoch, row.epoch_share = epoch, 0.0
    row.trained_seconds = trained_seconds(session, row.id)
    if gone:
        _look_for_best(session, row)
        events.append(session, RewindEvent(run=row.id, epoch=epoch, step=step), run_id=row.id)


def start_over(session: Session, row: RunTable) -> None:
    """Forget all that was measured, and go back to the start."""
    # What lies behind no epoch as well: the load, and the layers' first step.
    for table in (ArtifactTable, SystemTable, LayerTable):
        session.execute(delete(table).where(col(table.run_id) == row.id))
    rewind(session, row)
    versions.forget_found(session, row)
    row.started_at = row.traceback = row.environment = row.network = None


def trained_seconds(session: Session, run_id: int) -> float:
    of_run = (MetricTable.run_id == run_id, MetricTable.key == Metric.EPOCH_SECONDS)
    return session.exec(select(func.sum(MetricTable.value)).where(*of_run)).one() or 0.0


def discard_checkpoint(session: Session, run_id: int, attempt: int, artifact_id: int) -> None:
    """Go back behind a checkpoint that turned out to be unreadable. Raises Fenced."""
    row = held(session, run_id, attempt)
    session.execute(delete(ArtifactTable).where(col(ArtifactTable.id) == artifact_id))
    rewind(session, row)
    run_views.publish(session, [row])


def renew(session: Session, run_id: int, attempt: int) -> None:
    """Show that the holder lives. Raises Fenced."""
    held(session, run_id, attempt).lease += 1


def finish(session: Session, run_id: int, attempt: int, *, reason: str | None = None) -> None:
    """The run trained to its end; `reason` where that came early. Raises Fenced."""
    _settle(session, held(session, run_id, attempt), Status.FINISHED, reason)


def fail(session: Session, run_id: int, attempt: int, *, reason: str, traceback: str | None = None) -> None:
    """The run cannot succeed by trying again. Raises Fenced."""
    row = held(session, run_id, attempt)
    row.traceback = traceback
    _settle(session, row, Status.FAILED, reason)


def hand_back(session: Session, run_id: int, attempt: int, *, reason: str) -> None:
    """The attempt ended cleanly before its run did: by a cancel or pause, or a stop of the worker. Raises Fenced."""
    row = held(session, run_id, attempt)
    if row.stop_as is not None:
        _settle(session, row, row.stop_as, f"{row.stop_as} while running")
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


def reclaim(session: Session, worker_id: int) -> None:
    """Hand back what the older lives of this worker still hold: it has started anew, so their processes are gone.

    Were one alive after all, the fence would keep what it writes out.
    """
    name = session.get_one(WorkerTable, worker_id).name
    older = select(WorkerTable.id).where(WorkerTable.name == name, WorkerTable.id != worker_id)
    left = select(RunTable).where(RunTable.status == Status.RUNNING, col(RunTable.worker_id).in_(older))
    for row in session.exec(left).all():
        assert row.id is not None
        lose(session, row.id, row.attempt, reason=f"worker {name} was started again")


def stall(session: Session, run_id: int, attempt: int, *, seconds: float) -> None:
    """Say that the run has not moved for so long, where that is far longer than its epochs took. Raises Fenced."""
    row = held(session, run_id, attempt)
    if row.stalled is None and row.epoch:
        usual = row.trained_seconds / row.epoch
        if seconds > max(STALLED_EPOCHS * usual, STALLED_SECONDS):
            row.stalled = f"no progress for {seconds:.0f} s; an epoch took {usual:.1f} s"
            run_views.publish(session, [row])


def held(session: Session, run_id: int, attempt: int) -> RunTable:
    """The run, if the attempt still holds it. Raises Fenced."""
    row = session.exec(select(RunTable).where(RunTable.id == run_id, *_held_by(attempt))).one_or_none()
    if row is None:
        raise Fenced(f"run {run_id} is no longer held by attempt {attempt}")
    return row


def _forget_after(session: Session, run_id: int, *, epoch: int, step: int) -> bool:
    """Delete what was measured later. Says whether there was anything."""
    late_points = (col(MetricTable.run_id) == run_id, col(MetricTable.step) > step)
    gone = session.execute(delete(MetricTable).where(*late_points).returning(col(MetricTable.step))).all()
    for table in (LayerTable, ConfusionTable):
        session.execute(delete(table).where(col(table.run_id) == run_id, col(table.epoch) > epoch))
    session.execute(delete(ArtifactTable).where(col(ArtifactTable.run_id) == run_id, col(ArtifactTable.step) > step))
    return bool(gone)


def _look_for_best(session: Session, row: RunTable) -> None:
    stored = row.stored_spec
    key = row.best_key or (stored and planned_metric(stored.spec.val_fraction))
    points = select(MetricTable.epoch, MetricTable.value).where(MetricTable.run_id == row.id, MetricTable.key == key)
    best = best_of((epoch, value) for epoch, value in session.exec(points.order_by(col(MetricTable.epoch))))
    row.best_epoch, row.best_value = best or (None, None)


def _held_by(attempt: int) -> tuple[ColumnElement[bool], ...]:
    return col(RunTable.attempt) == attempt, col(RunTable.status) == Status.RUNNING


def _after_loss(row: RunTable, reason: str) -> tuple[Status, str]:
    """Where a run goes that lost its attempt: a cancel or pause that was asked for still holds."""
    return (row.stop_as, f"{row.stop_as}; {reason}") if row.stop_as is not None else (Status.QUEUED, reason)


def _settle(session: Session, row: RunTable, status: Status, reason: str | None) -> None:
    holder = row.worker_id
    if status == Status.QUEUED:
        waiting.put_back(session, row)
    runs.end(session, row, status, reason)
    run_views.publish(session, [row])
    workers.publish_of(session, holder)
