"""What is decided about the catalogue: what is missing is requested from the workers."""

from datetime import timedelta
from pathlib import Path

from backend.catalog import images
from backend.db import catalog, errands
from backend.db.database import Database
from backend.db.tables import utc_now
from backend.errors import NotFound
from backend.notifier import Notifier
from skiplab.contract import places
from skiplab.contract.catalog import ModelDetails
from skiplab.contract.errands import CardTask, PreviewTask, Task

RETRY_AFTER = timedelta(minutes=1)
"""What failed, or was made in another host's home, is not requested again before this: a page asks whenever it is
opened."""


def read_model(database: Database, notifier: Notifier, key: str) -> ModelDetails:
    """Return a network's whole card; have one without numbers measured. Raises NotFound."""
    with database.read() as session:
        card = catalog.model(session, key)
    if card is None:
        raise NotFound(f"There is no network {key!r}.")
    if not card.measured and card.error is None and not card.inspecting:
        _request(database, notifier, CardTask(model=key))
    return card


def preview(database: Database, notifier: Notifier, home: Path, key: str, augment: str) -> bytes | None:
    """Return a picture of augmentation at work; None while there is none: it has been requested from the workers, who
    also make images that need no download. Raises NotFound."""
    check_previewable(database, home, key)
    if places.preview(home, key, augment).is_file():
        return images.preview(home, key, augment)
    _request(database, notifier, PreviewTask(dataset=key))
    return None


def check_previewable(database: Database, home: Path, key: str) -> None:
    """Raises NotFound for a data set whose images are not here, and do not come with the lab."""
    if images.are_here(home, key):
        return
    with database.read() as session:
        card = catalog.dataset(session, key)
    if card is None or not card.available or card.plugin is not None:
        raise images.not_here(key)


def _request(database: Database, notifier: Notifier, task: Task) -> None:
    """Queue the errand, where it neither waits, runs, nor has just run."""
    with database.read() as session:
        if errands.active(session, task) or errands.has_run_since(session, task, since=utc_now() - RETRY_AFTER):
            return
    with database.write() as session:
        errand_id = errands.add(session, task).id or 0
    notifier.notify_errand(errand_id)
