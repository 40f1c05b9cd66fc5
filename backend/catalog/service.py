"""What is decided about the catalogue: what is not there yet is asked for."""

from pathlib import Path

from backend.catalog import images
from backend.db import catalog
from backend.db.database import Database
from backend.errors import NotFound
from skiplab.contract import places
from skiplab.contract.catalog import ModelDetails


def read_model(database: Database, key: str) -> ModelDetails:
    """A network's whole card; one without numbers is put on the workers' list. Raises NotFound."""
    with database.read() as session:
        card = catalog.model(session, key)
        asked = key in catalog.wanted(session)
    if card is None:
        raise NotFound(f"There is no network {key!r}.")
    if not card.measured and card.error is None and not card.inspecting and not asked:
        with database.write() as session:
            catalog.want(session, key)
    return card


def preview(database: Database, home: Path, key: str, augment: str) -> bytes | None:
    """A picture of augmentation at work; None while there is none: the workers have been asked, who also make images
    that need no download. Raises NotFound."""
    if not images.are_here(home, key) and not _can_come(database, key):
        raise images.not_here(key)
    if places.preview(home, key, augment).is_file():
        return images.preview(home, key, augment)
    with database.write() as session:
        catalog.want_preview(session, key)
    return None


def _can_come(database: Database, key: str) -> bool:
    with database.read() as session:
        card = catalog.dataset(session, key)
    return card is not None and card.available and card.plugin is None
