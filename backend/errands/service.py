"""Requests and cancellation of errands."""

from pathlib import Path

from backend.catalog.service import check_previewable
from backend.db import catalog, errands
from backend.db.database import Database
from backend.errors import Conflict, NotFound
from backend.imports import service as imports
from backend.notifier import Notifier
from skiplab.contract.errands import CardTask, Errand, ErrandStatus, ImportTask, PreviewTask, Requestable


def request(database: Database, notifier: Notifier, home: Path, task: Requestable) -> Errand:
    """Queue an errand and notify the workers; return an active one with the same task instead, if any.

    Raises NotFound for a network or data set that is not on offer.
    """
    if isinstance(task, PreviewTask):
        check_previewable(database, home, task.dataset)
    with database.write() as session:
        if isinstance(task, CardTask) and catalog.model(session, task.model) is None:
            raise NotFound(f"There is no network {task.model!r}.")
        errand = errands.view(session, errands.add(session, task))
    if errand.status == ErrandStatus.WAITING:
        notifier.notify_errand(errand.id)
    return errand


def cancel(database: Database, home: Path, errand_id: int) -> Errand:
    """Cancel an errand. Raises NotFound, and Conflict if it is done or has failed."""
    with database.write() as session:
        row = errands.get(session, errand_id)
        if row is None:
            raise NotFound(f"There is no errand {errand_id}.")
        if row.status in (ErrandStatus.DONE, ErrandStatus.FAILED):
            raise Conflict(f"Errand {errand_id} is {row.status}: only a waiting or running one can be cancelled.")
        errands.cancel(session, row)
        errand = errands.view(session, row)
    if isinstance(errand.task, ImportTask):
        imports.remove_upload(home, errand.task.import_id)
    return errand
