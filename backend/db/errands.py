"""Queries on errands: the queue, claims and their fencing, and updates in the same transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue, TypeAdapter, ValidationError
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from backend.db import catalog, events, imports, revisions
from backend.db.tables import ErrandTable, WorkerTable, utc_now
from skiplab.contract.errands import (
    ENDED,
    LONGEST_ERROR,
    CardTask,
    Errand,
    ErrandKind,
    ErrandStatus,
    ImportTask,
    PreviewTask,
    Task,
)
from skiplab.contract.lifecycle import MAX_CRASHES, MAX_LOST_WORKERS

ACTIVE = (ErrandStatus.WAITING, ErrandStatus.RUNNING)

_TASKS: TypeAdapter[Task] = TypeAdapter(Task)


class ErrandLost(Exception):
    """The attempt no longer holds its errand: the errand was cancelled, or the lease expired."""


@dataclass(frozen=True)
class ErrandClaim:
    errand_id: int
    attempt: int
    """The fencing token: every write of this attempt names it."""
    task: Task


def add(session: Session, task: Task) -> ErrandTable:
    """Queue an errand; a waiting or running one with the same task is returned instead."""
    if (same := active(session, task)) is not None:
        return same
    row = ErrandTable(kind=task.kind, arguments=_arguments(task), priority=task.priority)
    session.add(row)
    _publish(session, row)
    return row


def get(session: Session, errand_id: int) -> ErrandTable | None:
    return session.get(ErrandTable, errand_id)


def active(session: Session, task: Task) -> ErrandTable | None:
    """Return the waiting or running errand with this task."""
    of_kind = select(ErrandTable).where(ErrandTable.kind == task.kind, col(ErrandTable.status).in_(ACTIVE))
    return next((row for row in session.exec(of_kind) if row.arguments == _arguments(task)), None)


def has_run_since(session: Session, task: Task, *, since: datetime) -> bool:
    """Return whether an errand with this task has ended, not by cancellation, since then."""
    ended = (col(ErrandTable.status).in_((ErrandStatus.DONE, ErrandStatus.FAILED)), col(ErrandTable.ended_at) >= since)
    rows = session.exec(select(ErrandTable).where(ErrandTable.kind == task.kind, *ended))
    return any(row.arguments == _arguments(task) for row in rows)


def recent(
    session: Session, *, kind: ErrandKind | None = None, status: ErrandStatus | None = None, limit: int = 100
) -> Sequence[ErrandTable]:
    """Return errands, newest first."""
    query = select(ErrandTable).order_by(col(ErrandTable.id).desc()).limit(limit)
    if kind is not None:
        query = query.where(ErrandTable.kind == kind)
    if status is not None:
        query = query.where(ErrandTable.status == status)
    return session.exec(query).all()


def waiting(session: Session) -> Sequence[ErrandTable]:
    """Return waiting errands in the order of claims: by priority, then oldest first."""
    order = col(ErrandTable.priority).desc(), col(ErrandTable.id)
    return session.exec(select(ErrandTable).where(ErrandTable.status == ErrandStatus.WAITING).order_by(*order)).all()


def running(session: Session) -> Sequence[ErrandTable]:
    return session.exec(select(ErrandTable).where(ErrandTable.status == ErrandStatus.RUNNING)).all()


def next_for(session: Session, suits: Callable[[Task], bool]) -> int | None:
    """Return the first waiting errand whose task the caller can run, or whose task cannot be read; None if the database
    has been upgraded past the caller's version.

    `suits` may access files: call this in a read transaction.
    """
    for row in waiting(session) if revisions.is_current(session) else ():
        task = task_of(row)
        if task is None or suits(task):
            return row.id
    return None


def overlooked(session: Session) -> int | None:
    """Return the first waiting errand if a worker is online.

    The worker may be busy: a superfluous notification is harmless, and during an import it can still run a preview.
    """
    if session.exec(select(WorkerTable.id).where(WorkerTable.online).limit(1)).first() is None:
        return None
    return next((row.id for row in waiting(session)), None)


def claim(session: Session, worker_id: int, errand_id: int) -> ErrandClaim | None:
    """Claim a waiting errand. Return None if it no longer waits, or has failed because its task cannot be read.

    Only one of two concurrent claims succeeds: write transactions are serialised, and the UPDATE checks the status.
    """
    taken = session.execute(
        update(ErrandTable)
        .where(col(ErrandTable.id) == errand_id, col(ErrandTable.status) == ErrandStatus.WAITING)
        .values(
            status=ErrandStatus.RUNNING,
            attempt=ErrandTable.attempt + 1,
            lease=ErrandTable.lease + 1,
            worker_id=worker_id,
            error=None,
            done=0,
            total=0,
            started_at=utc_now(),
        )
        .returning(col(ErrandTable.id))
    ).scalar_one_or_none()
    if taken is None:
        return None
    row = session.get_one(ErrandTable, errand_id, populate_existing=True)
    task = task_of(row)
    if task is None:
        why = "this version of Skiplab cannot read its arguments: request it again"
        _settle(session, row, ErrandStatus.FAILED, why)
        return None
    _publish(session, row)
    return ErrandClaim(errand_id, row.attempt, task)


def held(session: Session, errand_id: int, attempt: int) -> ErrandTable:
    """Return the errand if the attempt still holds it. Raises ErrandLost."""
    fence = (ErrandTable.id == errand_id, ErrandTable.attempt == attempt, ErrandTable.status == ErrandStatus.RUNNING)
    row = session.exec(select(ErrandTable).where(*fence)).one_or_none()
    if row is None:
        raise ErrandLost(f"errand {errand_id} is no longer held by attempt {attempt}")
    return row


def renew(session: Session, errand_id: int, attempt: int) -> None:
    """Renew the lease. Raises ErrandLost."""
    held(session, errand_id, attempt).lease += 1


def progress(session: Session, errand_id: int, attempt: int, *, done: int, total: int) -> None:
    """Store and publish the progress. Raises ErrandLost."""
    row = held(session, errand_id, attempt)
    row.done, row.total = done, total
    _publish(session, row, passing=True)


def finish(session: Session, errand_id: int, attempt: int, *, result: Mapping[str, JsonValue] | None = None) -> None:
    """End the errand as done. Raises ErrandLost."""
    row = held(session, errand_id, attempt)
    row.result = None if result is None else dict(result)
    _settle(session, row, ErrandStatus.DONE, None)


def fail(session: Session, errand_id: int, attempt: int, *, error: str) -> None:
    """End the errand as failed, without a retry. Raises ErrandLost."""
    _settle(session, held(session, errand_id, attempt), ErrandStatus.FAILED, error)


def hand_back(session: Session, errand_id: int, attempt: int, *, reason: str) -> None:
    """Requeue the errand of a worker that shuts down. Raises ErrandLost."""
    _settle(session, held(session, errand_id, attempt), ErrandStatus.WAITING, reason)


def crash(session: Session, errand_id: int, attempt: int, *, reason: str) -> None:
    """Requeue the errand after its process died, or fail it after MAX_CRASHES in a row. Raises ErrandLost."""
    row = held(session, errand_id, attempt)
    row.crashes += 1
    if row.crashes >= MAX_CRASHES:
        _settle(session, row, ErrandStatus.FAILED, f"crashed {row.crashes} times in a row: {reason}")
    else:
        _settle(session, row, ErrandStatus.WAITING, f"{reason}; crash {row.crashes} of {MAX_CRASHES}")


def lose(session: Session, errand_id: int, attempt: int, *, reason: str) -> None:
    """Requeue the errand of a lost worker, or fail it after MAX_LOST_WORKERS in a row. Raises ErrandLost."""
    row = held(session, errand_id, attempt)
    row.lost_workers += 1
    if row.lost_workers >= MAX_LOST_WORKERS:
        _settle(session, row, ErrandStatus.FAILED, f"{row.lost_workers} workers were lost in a row: {reason}")
    else:
        _settle(session, row, ErrandStatus.WAITING, reason)


def reclaim(session: Session, worker_id: int) -> None:
    """Requeue the errands of earlier processes of this worker: it has restarted, so those processes are gone."""
    name = session.get_one(WorkerTable, worker_id).name
    earlier = select(WorkerTable.id).where(WorkerTable.name == name, WorkerTable.id != worker_id)
    left = select(ErrandTable).where(
        ErrandTable.status == ErrandStatus.RUNNING, col(ErrandTable.worker_id).in_(earlier)
    )
    for row in session.exec(left).all():
        assert row.id is not None
        lose(session, row.id, row.attempt, reason=f"worker {name} restarted")


def cancel(session: Session, row: ErrandTable) -> None:
    """Cancel at once; the holder notices by its fencing token. No effect on ended errands."""
    if row.status not in ENDED:
        _settle(session, row, ErrandStatus.CANCELLED, None)


def give_up(session: Session, errand_ids: Sequence[int], *, error: str) -> int:
    """Fail those of these errands that still wait, and return how many."""
    rows = [row for row in waiting(session) if row.id in errand_ids]
    for row in rows:
        _settle(session, row, ErrandStatus.FAILED, error)
    return len(rows)


def overdue(session: Session, *, before: datetime) -> Sequence[ErrandTable]:
    """Return errands that have waited since `before`, while a worker was online all that time."""
    ready = (col(WorkerTable.online), col(WorkerTable.started_at) < before)
    if session.exec(select(WorkerTable.id).where(*ready)).first() is None:
        return []
    return [row for row in waiting(session) if row.created_at < before]


def prune(session: Session, *, before: datetime, limit: int) -> int:
    """Delete the oldest errands that ended before then, and return how many."""
    old = select(ErrandTable.id).where(col(ErrandTable.ended_at) < before).order_by(col(ErrandTable.ended_at))
    ids = session.exec(old.limit(limit)).all()
    session.execute(delete(ErrandTable).where(col(ErrandTable.id).in_(ids)))
    return len(ids)


def task_of(row: ErrandTable) -> Task | None:
    """Return the task, or None for arguments of another version of Skiplab that this one cannot read."""
    try:
        return _TASKS.validate_python({"kind": row.kind, **(row.arguments or {})})
    except ValidationError:
        return None


def view(session: Session, row: ErrandTable) -> Errand:
    assert row.id is not None
    worker = session.get(WorkerTable, row.worker_id) if row.worker_id is not None else None
    return Errand(
        id=row.id,
        kind=row.kind,
        task=task_of(row),
        priority=row.priority,
        status=row.status,
        worker=None if worker is None else worker.name,
        attempt=row.attempt,
        crashes=row.crashes,
        done=row.done,
        total=row.total,
        result=row.result,
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _arguments(task: Task) -> dict[str, JsonValue]:
    return task.model_dump(mode="json", exclude={"kind"})


def _settle(session: Session, row: ErrandTable, status: ErrandStatus, error: str | None) -> None:
    row.status, row.error = status, None if error is None else error[:LONGEST_ERROR]
    row.ended_at = utc_now() if status in ENDED else None
    _publish(session, row)


def _publish(session: Session, row: ErrandTable, *, passing: bool = False) -> None:
    """Append the event, and update the import, network or data set that the errand works on."""
    session.flush()
    events.append(session, view(session, row), subject=row.id if passing else None)
    match task_of(row):
        case None:
            pass
        case ImportTask(import_id=import_id):
            imports.follow(session, import_id, row, passing=passing)
        case CardTask(model=model):
            if row.status == ErrandStatus.FAILED:
                catalog.keep_error(session, model, row.error or "failed")
        case PreviewTask(dataset=dataset):
            if row.status in ENDED:
                catalog.publish_dataset(session, dataset)
