"""Queries on workers and the runs they hold."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from backend.db import events
from backend.db.tables import RunTable, WorkerTable, utc_now
from skiplab.contract.lifecycle import Status
from skiplab.contract.worker import Device, Worker


def register(session: Session, *, name: str, devices: Sequence[Device]) -> int:
    """Register a worker process and return its id. An earlier process of the same name goes offline.

    If that one crashed, the supervisor restarted it, and it keeps draining if it was.
    """
    crashed = session.exec(select(WorkerTable).where(WorkerTable.online, WorkerTable.name == name)).all()
    for older in crashed:
        older.online = False
        publish(session, older)
    row = WorkerTable(
        name=name,
        devices=[device.model_dump(mode="json") for device in devices],
        draining=any(older.draining for older in crashed),
    )
    session.add(row)
    publish(session, row)
    assert row.id is not None
    return row.id


def beat(session: Session, worker_id: int) -> None:
    """Record a heartbeat; a worker marked offline is online again."""
    session.execute(
        update(WorkerTable).where(col(WorkerTable.id) == worker_id).values(beat=WorkerTable.beat + 1, seen_at=utc_now())
    )
    row = session.get_one(WorkerTable, worker_id)
    if not row.online:
        row.online = True
        publish(session, row)


def leave(session: Session, worker_id: int) -> None:
    """Mark a worker offline: it exited, or its heartbeat expired."""
    row = session.get_one(WorkerTable, worker_id)
    if row.online:
        row.online = False
        publish(session, row)


def get(session: Session, worker_id: int) -> WorkerTable | None:
    return session.get(WorkerTable, worker_id)


def drain(session: Session, row: WorkerTable, *, draining: bool) -> None:
    """Start or stop draining: a draining worker claims no new runs."""
    row.draining = draining
    publish(session, row)


def publish(session: Session, row: WorkerTable) -> None:
    """Append the worker's current state to the outbox."""
    session.flush()
    events.append(session, view(session, row))


def publish_of(session: Session, worker_id: int | None) -> None:
    """Publish a worker after the runs it holds have changed."""
    if worker_id is not None:
        publish(session, session.get_one(WorkerTable, worker_id))


def online(session: Session) -> Sequence[WorkerTable]:
    return session.exec(select(WorkerTable).where(WorkerTable.online).order_by(col(WorkerTable.id))).all()


def recent(session: Session, *, limit: int = 100) -> Sequence[WorkerTable]:
    """Return recent workers, newest first."""
    return session.exec(select(WorkerTable).order_by(col(WorkerTable.id).desc()).limit(limit)).all()


def idle_slots(session: Session) -> int:
    """Count the free slots of online workers that are not draining."""
    rows = [row for row in online(session) if not row.draining]
    busy = session.exec(
        select(func.count()).where(
            RunTable.status == Status.RUNNING, col(RunTable.worker_id).in_([row.id for row in rows])
        )
    ).one()
    return sum(len(row.devices) for row in rows) - busy


def view(session: Session, row: WorkerTable) -> Worker:
    return views(session, [row])[0]


def views(session: Session, rows: Sequence[WorkerTable]) -> list[Worker]:
    """Convert rows for the API, with the runs that each holds, in one query."""
    held: dict[int | None, list[int]] = {}
    of_rows = (RunTable.status == Status.RUNNING, col(RunTable.worker_id).in_([row.id for row in rows]))
    for run_id, worker_id in session.exec(
        select(RunTable.id, RunTable.worker_id).where(*of_rows).order_by(col(RunTable.id))
    ):
        if run_id is not None:
            held.setdefault(worker_id, []).append(run_id)
    return [_view(row, held.get(row.id, [])) for row in rows]


def _view(row: WorkerTable, runs: list[int]) -> Worker:
    assert row.id is not None
    return Worker(
        id=row.id,
        name=row.name,
        online=row.online,
        draining=row.draining,
        devices=[Device.model_validate(device) for device in row.devices],
        runs=runs,
        started_at=row.started_at,
        seen_at=row.seen_at,
    )
