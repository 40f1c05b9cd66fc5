"""Reads of the catalogue that request missing measurements and previews from workers."""

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
"""Minimum time between requests of the same errand that failed, or whose result is on another host: the page requests
it whenever it is opened."""


def read_model(database: Database, notifier: Notifier, key: str) -> ModelDetails:
    """Return the complete card of a network, and request measuring it if needed. Raises NotFound."""
    with database.read() as session:
        card = catalog.model(session, key)
    if card is None:
        raise NotFound(f"There is no network {key!r}.")
    if not card.measured and card.error is None and not card.inspecting:
        _request(database, notifier, CardTask(model=key))
    return card


def preview(database: Database, notifier: Notifier, home: Path, key: str, augment: str) -> bytes | None:
    """Return an augmentation preview as PNG; None if it is not on this server, see `_request`. Workers also generate a
    data set that needs no download. Raises NotFound."""
    check_previewable(database, home, key)
    if places.preview(home, key, augment).is_file():
        return images.preview(home, key, augment)
    _request(database, notifier, PreviewTask(dataset=key))
    return None


def check_previewable(database: Database, home: Path, key: str) -> None:
    """Check that the images are on disk or can be generated. Raises NotFound."""
    if images.are_here(home, key):
        return
    with database.read() as session:
        card = catalog.dataset(session, key)
    if card is None or not card.available or card.plugin is not None:
        raise images.not_here(key)


def _request(database: Database, notifier: Notifier, task: Task) -> None:
    """Queue the errand unless it is active or has run recently."""
    with database.read() as session:
        if errands.active(session, task) or errands.has_run_since(session, task, since=utc_now() - RETRY_AFTER):
            return
    with database.write() as session:
        errand_id = errands.add(session, task).id or 0
    notifier.notify_errand(errand_id)
