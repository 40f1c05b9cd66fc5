"""What is decided about the catalogue: numbers that are not there are asked for."""

from backend.contract.catalog import ModelDetails
from backend.db import catalog
from backend.db.database import Database
from backend.errors import NotFound


def read_model(database: Database, key: str) -> ModelDetails:
    """A network's whole card; one without numbers is put on the workers' list. Raises NotFound."""
    with database.read() as session:
        card = catalog.model(session, key)
        asked = key in catalog.wanted(session)
    if card is None:
        raise NotFound(f"There is no network {key!r}.")
    if not card.measured and card.error is None and not asked:
        with database.write() as session:
            catalog.want(session, key)
    return card
