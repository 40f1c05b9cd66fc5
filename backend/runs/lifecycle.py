"""Lifecycle of runs: pause, resume, retry and history."""

from backend.db import attempts, catalog, client_runs, run_views, runs, versions
from backend.db.database import Database, Session
from backend.db.tables import RunTable
from backend.errors import Conflict
from backend.notifier import Notifier
from backend.runs.lookup import get_run
from backend.runs.schemas import History
from backend.snapshot import Snapshot, snapshot
from skiplab.contract.config import BY_WORKERS
from skiplab.contract.lifecycle import Status, may_move
from skiplab.contract.run import Run, Transition


def pause(database: Database, run_id: int) -> Run:
    """Pause a queued run at once, a running one at its next batch.

    Raises NotFound, Conflict.
    """
    with database.write() as session:
        row = get_run(session, run_id)
        if not may_move(Status(row.status), Status.PAUSED):
            raise Conflict(f"Run {run_id} is {row.status}: only a queued or running run can be paused.")
        if row.kind not in BY_WORKERS:
            raise Conflict(f"Run {run_id} is of kind {row.kind}: only its client can pause it.")
        if row.stop_as == Status.CANCELLED:
            raise Conflict(f"Run {run_id} is being cancelled: it can be resumed afterwards.")
        stop(session, row, Status.PAUSED)
        return run_views.view(session, row)


def resume(database: Database, notifier: Notifier, run_id: int) -> Run:
    """Queue a run again, to continue from its last checkpoint. Raises NotFound, Conflict."""
    with database.write() as session:
        row = get_run(session, run_id)
        _queue_again(session, row, cause="resumed")
        runs.publish(session, [row])
        answer = run_views.view(session, row)
    notifier.notify_run(run_id)
    return answer


def retry(database: Database, notifier: Notifier, run_id: int) -> Run:
    """Queue a run again from epoch 1; its metrics are deleted, its history is kept.

    Raises NotFound, Conflict.
    """
    with database.write() as session:
        row = get_run(session, run_id)
        _queue_again(session, row, cause="retried from the start")
        attempts.start_over(session, row)
        runs.publish(session, [row])
        answer = run_views.view(session, row)
    notifier.notify_run(run_id)
    return answer


def history(database: Database, run_id: int) -> Snapshot[History]:
    """Return the run's transitions, oldest first. Raises NotFound."""
    with database.read() as session:
        get_run(session, run_id)
        rows = runs.history(session, run_id)
        items = [Transition.model_validate(row, from_attributes=True) for row in rows]
        return snapshot(session, History(items=items))


def stop(session: Session, row: RunTable, wanted: Status) -> None:
    """Set the status of a queued run to `wanted` at once, that of a running one at its next batch, or at once if its
    client has lost contact."""
    if row.lost_contact is not None:
        client_runs.end_without_client(session, row, wanted)
        return
    if row.status == Status.RUNNING:
        row.stop_as = wanted
    else:
        runs.end(session, row, wanted, f"{wanted} while {row.status}")
    runs.publish(session, [row])


def _queue_again(session: Session, row: RunTable, *, cause: str) -> None:
    """Queue a run on a user's request, which resets its crash counters. Raises Conflict before any change."""
    # A running run may be requeued as well, but only by its worker.
    if row.status == Status.RUNNING or not may_move(Status(row.status), Status.QUEUED):
        raise Conflict(f"Run {row.id} is {row.status}: only a paused, failed or cancelled run can be queued again.")
    if (reason := _certain_failure(session, row)) is not None:
        raise Conflict(f"Run {row.id} cannot train again: {reason}. Its metrics are unchanged.")
    runs.end(session, row, Status.QUEUED, None, cause=cause)
    row.crashes = row.lost_workers = 0


def _certain_failure(session: Session, row: RunTable) -> str | None:
    """Why every worker would fail the run, as far as is known; None if one may train it."""
    if (reason := attempts.untrainable(row)) is not None:
        return reason
    version = versions.of_run(session, row.id) if row.id is not None else None
    if version is not None and versions.is_lost(session, version):
        return (
            f"the images of version {version.number} of {version.key} were deleted; import the same images again, or"
            " start a new run on another version"
        )
    if not catalog.is_announced(session):
        return None
    if row.model is not None and catalog.model(session, row.model) is None:
        return f"no worker offers the network {row.model!r} any more; put its plugin back"
    if row.dataset is not None and catalog.dataset(session, row.dataset) is None:
        return f"no worker offers the data set {row.dataset!r} any more; import it again, or put its plugin back"
    return None
