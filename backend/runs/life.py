"""What a person may ask of a run's life beside cancelling it: pause, resume, retry; and the story of it."""

from backend.db import attempts, catalog, events, run_views, runs, versions
from backend.db.database import Database, Session
from backend.db.tables import RunTable
from backend.errors import Conflict
from backend.queue import RunQueue
from backend.runs.lookup import named
from skiplab.contract.config import BY_WORKERS
from skiplab.contract.lifecycle import Status, may_move
from skiplab.contract.run import Run, Transition


def pause(database: Database, run_id: int) -> Run:
    """Take a waiting run out of the queue at once; ask a running one to stop at its next batch.

    Raises NotFound, Conflict.
    """
    with database.write() as session:
        row = named(session, run_id)
        if not may_move(Status(row.status), Status.PAUSED):
            raise Conflict(f"Run {run_id} is {row.status}: only a queued or running run can be paused.")
        if row.kind not in BY_WORKERS:
            raise Conflict(f"Run {run_id} is of kind {row.kind}: only its client decides when it goes on.")
        if row.stop_as == Status.CANCELLED:
            raise Conflict(f"Run {run_id} is being cancelled: it can be resumed afterwards.")
        stop(session, row, Status.PAUSED)
        return run_views.view(session, row)


def resume(database: Database, queue: RunQueue, run_id: int) -> Run:
    """Queue a run again that goes on from its last checkpoint. Raises NotFound, Conflict."""
    with database.write() as session:
        row = named(session, run_id)
        _queue_again(session, row, cause="resumed")
        run_views.publish(session, [row])
        answer = run_views.view(session, row)
    queue.ring(run_id)
    return answer


def retry(database: Database, queue: RunQueue, run_id: int) -> Run:
    """Queue a run again that starts at its first epoch; what it measured is gone, its history stays.

    Raises NotFound, Conflict.
    """
    with database.write() as session:
        row = named(session, run_id)
        _queue_again(session, row, cause="retried from the start")
        attempts.start_over(session, row)
        run_views.publish(session, [row])
        answer = run_views.view(session, row)
    queue.ring(run_id)
    return answer


def history(database: Database, run_id: int) -> tuple[list[Transition], int]:
    """Every change of the run's status, oldest first, and the event id that was true at. Raises NotFound."""
    with database.read() as session:
        named(session, run_id)
        rows = runs.history(session, run_id)
        items = [Transition.model_validate(row, from_attributes=True) for row in rows]
        return items, events.latest_id(session)


def stop(session: Session, row: RunTable, wanted: Status) -> None:
    """A waiting run becomes `wanted` at once; a running one is asked to, and obeys at its next batch."""
    if row.status == Status.RUNNING:
        row.stop_as = wanted
    else:
        runs.end(session, row, wanted, f"{wanted} while {row.status}")
    run_views.publish(session, [row])


def _queue_again(session: Session, row: RunTable, *, cause: str) -> None:
    """A person has looked at it: the crashes that led here count no more. Raises Conflict before anything changes."""
    # A running run may go back to the queue as well, but only its worker can do that.
    if row.status == Status.RUNNING or not may_move(Status(row.status), Status.QUEUED):
        raise Conflict(f"Run {row.id} is {row.status}: only a paused, failed or cancelled run can be queued again.")
    if (reason := _certain_failure(session, row)) is not None:
        raise Conflict(f"Run {row.id} cannot train again: {reason}. What it measured is unchanged.")
    runs.end(session, row, Status.QUEUED, None, cause=cause)
    row.crashes = row.lost_workers = 0


def _certain_failure(session: Session, row: RunTable) -> str | None:
    """Why every worker would fail the run, as far as the database knows; None where one may train it."""
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
