"""Errands as a worker runs them: in this process, or by a loop in a thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.db.database import Database
from tests.errands import claim_errand
from worker.errands.kinds import KINDS
from worker.errands.loop import ErrandLoop
from worker.errands.process import perform
from worker.settings import WorkerSettings


def perform_next(database: Database, home: Path, worker_id: int) -> None:
    """Claim the first waiting errand that can run in this home, and run it in this process."""
    with database.write() as session:
        claim = claim_errand(session, worker_id, lambda task: KINDS[task.kind].can_run_here(task, home))
    assert claim is not None
    perform(WorkerSettings(home=home, database_url=database.url), claim.errand_id, claim.attempt)
    KINDS[claim.task.kind].clean_up(claim.task, home, database)


@contextmanager
def looping(settings: WorkerSettings, worker_id: int, *, quick_only: bool = False) -> Iterator[ErrandLoop]:
    gone = threading.Event()
    loop = ErrandLoop(settings, worker_id, gone, quick_only=quick_only)
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        yield loop
    finally:
        gone.set()
        loop.notify()
        thread.join()
