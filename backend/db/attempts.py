"""Queries of one attempt: a worker claims a run, renews its lease and settles it. Its measurements are written by
`records`.

Every write first checks, in its own transaction, that the attempt still holds the run. If not, the attempt is fenced:
another worker may already be training the run, and nothing of the old attempt may reach the data.
"""

from dataclasses import dataclass

from sqlalchemy import BindParameter, ColumnElement, delete, update
from sqlmodel import Session, col, func, select

from backend.db import artifacts, events, metrics, revisions, run_queue, runs, versions, workers
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

    def __init__(self, run_id: int, attempt: int) -> None:
        super().__init__(f"run {run_id} is no longer held by attempt {attempt}")


@dataclass(frozen=True)
class Claim:
    """A run claimed by a worker's slot, with its fencing token (`attempt`)."""

    run_id: int
    attempt: int
    spec: RunSpec


def claim(session: Session, *, worker_id: int, slot: int, device: str) -> Claim | None:
    """Claim the first queued run; None if the queue is empty, the worker is draining or the database has been upgraded
    past its version. A run that this version cannot train fails with the reason, and the next one is tried.

    A single UPDATE decides, so that two claimers cannot win the same run.
    """
    worker = session.get_one(WorkerTable, worker_id)
    if worker.draining or not revisions.is_current(session):
        return None
    while (row := _take_first(session, worker, slot=slot, device=device)) is not None:
        assert row.id is not None
        spec = row.usable_spec
        if spec is not None:
            runs.publish(session, [row])
            workers.publish_of(session, worker_id)
            return Claim(row.id, row.attempt, spec)
        _settle(session, row, Status.FAILED, untrainable(row))
    return None


def untrainable(row: RunTable) -> str | None:
    """Return why no worker of this version can train the run; None if one may."""
    stored = row.stored_spec
    if stored is None:
        return f"no worker of this version trains runs of kind {row.kind}"
    if stored.problem is not None:
        return f"this version cannot use its config ({stored.problem}); submit it again with other values"
    return None


def _take_first(session: Session, worker: WorkerTable, *, slot: int, device: str) -> RunTable | None:
    first = run_queue.first().scalar_subquery()
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
    """Reset to the last checkpoint, or to the start, and delete what was measured later: it is measured again."""
    assert row.id is not None
    kept = artifacts.last_checkpoint(session, row.id)
    epoch, step = (kept.epoch, kept.step) if kept else (0, 0)
    deleted = _delete_after(session, row.id, epoch=epoch, step=step)
    row.epoch, row.epoch_share = epoch, 0.0
    row.trained_seconds = trained_seconds(session, row.id)
    if deleted:
        _recompute_best(session, row)
        events.append(session, RewindEvent(run=row.id, epoch=epoch, step=step), run_id=row.id)


def start_over(session: Session, row: RunTable) -> None:
    """Delete all measurements and reset the run to the start."""
    # Also rows before the first epoch: system samples and the layers' first step.
    for table in (ArtifactTable, SystemTable, LayerTable):
        session.execute(delete(table).where(col(table.run_id) == row.id))
    rewind(session, row)
    versions.unset_found(session, row)
    row.started_at = row.traceback = row.environment = row.network = None


def trained_seconds(session: Session, run_id: int) -> float:
    of_run = (MetricTable.run_id == run_id, col(MetricTable.key_id) == metrics.id_of(Metric.EPOCH_SECONDS))
    return session.exec(select(func.sum(MetricTable.value)).where(*of_run)).one() or 0.0


def discard_checkpoint(session: Session, run_id: int, attempt: int, artifact_id: int) -> None:
    """Drop an unreadable checkpoint and rewind to the one before. Raises Fenced."""
    row = held(session, run_id, attempt)
    session.execute(delete(ArtifactTable).where(col(ArtifactTable.id) == artifact_id))
    rewind(session, row)
    runs.publish(session, [row])


def renew(session: Session, run_id: int, attempt: int) -> None:
    """Renew the lease. Raises Fenced."""
    held(session, run_id, attempt).lease += 1


def finish(session: Session, run_id: int, attempt: int, *, reason: str | None = None) -> None:
    """Settle a run that trained to its end; `reason` if it stopped early. Raises Fenced."""
    _settle(session, held(session, run_id, attempt), Status.FINISHED, reason)


def fail(session: Session, run_id: int, attempt: int, *, reason: str, traceback: str | None = None) -> None:
    """Settle a run that a retry cannot help. Raises Fenced."""
    row = held(session, run_id, attempt)
    row.traceback = traceback
    _settle(session, row, Status.FAILED, reason)


def hand_back(session: Session, run_id: int, attempt: int, *, reason: str) -> None:
    """Release a run whose attempt ended cleanly: cancelled, paused or its worker stopped. Raises Fenced."""
    row = held(session, run_id, attempt)
    if row.stop_as is not None:
        _settle(session, row, row.stop_as, f"{row.stop_as} while running")
    else:
        _settle(session, row, Status.QUEUED, reason)


def crash(session: Session, run_id: int, attempt: int, *, reason: str) -> None:
    """Requeue a run whose trainer died, or fail it after MAX_CRASHES in a row. Raises Fenced."""
    row = held(session, run_id, attempt)
    row.crashes += 1
    if row.crashes >= MAX_CRASHES and not row.stop_requested:
        _settle(session, row, Status.FAILED, f"crashed {row.crashes} times in a row: {reason}")
    else:
        _settle(session, row, *_after_loss(row, f"{reason}; crash {row.crashes} of {MAX_CRASHES}"))


def lose(session: Session, run_id: int, attempt: int, *, reason: str) -> None:
    """Requeue a run whose worker was lost, or fail it after MAX_LOST_WORKERS in a row. Raises Fenced."""
    row = held(session, run_id, attempt)
    row.lost_workers += 1
    if row.lost_workers >= MAX_LOST_WORKERS and not row.stop_requested:
        _settle(session, row, Status.FAILED, f"{row.lost_workers} workers in a row were lost: {reason}")
    else:
        _settle(session, row, *_after_loss(row, f"{reason}, attempt {row.attempt}"))


def reclaim(session: Session, worker_id: int) -> None:
    """Requeue the runs held by earlier processes of this worker: since it restarted, they are gone.

    Should one be alive after all, the fence rejects its writes.
    """
    name = session.get_one(WorkerTable, worker_id).name
    older = select(WorkerTable.id).where(WorkerTable.name == name, WorkerTable.id != worker_id)
    left = select(RunTable).where(RunTable.status == Status.RUNNING, col(RunTable.worker_id).in_(older))
    for row in session.exec(left).all():
        assert row.id is not None
        lose(session, row.id, row.attempt, reason=f"worker {name} restarted")


def stall(session: Session, run_id: int, attempt: int, *, seconds: float) -> None:
    """Mark the run stalled if it made no progress for much longer than its epochs take. Raises Fenced."""
    row = held(session, run_id, attempt)
    if row.stalled is None and row.epoch:
        usual = row.trained_seconds / row.epoch
        if seconds > max(STALLED_EPOCHS * usual, STALLED_SECONDS):
            row.stalled = f"no progress for {seconds:.0f} s; an epoch took {usual:.1f} s"
            runs.publish(session, [row])


def held(session: Session, run_id: int, attempt: int) -> RunTable:
    """Return the run if the attempt still holds it. Raises Fenced."""
    row = session.exec(select(RunTable).where(RunTable.id == run_id, *held_by(attempt))).one_or_none()
    if row is None:
        raise Fenced(run_id, attempt)
    return row


def _delete_after(session: Session, run_id: int, *, epoch: int, step: int) -> bool:
    """Delete what was measured later. Returns whether there were any metrics."""
    late_points = (col(MetricTable.run_id) == run_id, col(MetricTable.step) > step)
    deleted = session.execute(delete(MetricTable).where(*late_points).returning(col(MetricTable.step))).all()
    for table in (LayerTable, ConfusionTable):
        session.execute(delete(table).where(col(table.run_id) == run_id, col(table.epoch) > epoch))
    session.execute(delete(ArtifactTable).where(col(ArtifactTable.run_id) == run_id, col(ArtifactTable.step) > step))
    return bool(deleted)


def _recompute_best(session: Session, row: RunTable) -> None:
    stored = row.stored_spec
    key = row.best_key or (planned_metric(stored.spec.val_fraction) if stored is not None else "")
    of_key = (MetricTable.run_id == row.id, col(MetricTable.key_id) == metrics.id_of(key))
    points = select(MetricTable.epoch, MetricTable.value).where(*of_key)
    best = best_of((epoch, value) for epoch, value in session.exec(points.order_by(col(MetricTable.epoch))))
    row.best_epoch, row.best_value = best or (None, None)


def held_by(token: int | BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which the attempt with this fencing token holds a run."""
    return col(RunTable.attempt) == token, col(RunTable.status) == Status.RUNNING


def _after_loss(row: RunTable, reason: str) -> tuple[Status, str]:
    """The next status of a run that lost its attempt: a requested cancel or pause still applies."""
    return (row.stop_as, f"{row.stop_as}; {reason}") if row.stop_as is not None else (Status.QUEUED, reason)


def _settle(session: Session, row: RunTable, status: Status, reason: str | None) -> None:
    holder = row.worker_id
    if status == Status.QUEUED:
        run_queue.put_back(session, row)
    runs.end(session, row, status, reason)
    runs.publish(session, [row])
    workers.publish_of(session, holder)
