"""Tells the lab what this worker's code offers: `python -m worker announce`."""

from backend.db import catalog
from backend.db.database import Database
from backend.db.migration import is_current
from worker.datasets import cards as dataset_cards
from worker.datasets.maker import sweep
from worker.models import cards as model_cards
from worker.settings import WorkerSettings


def announce(settings: WorkerSettings) -> None:
    """Write the cards of all networks and data sets. Without a database of this version there is nobody to tell.

    A worker that starts runs this, so that what a killed import has left behind goes then, too.
    """
    sweep(settings.home)
    database = Database(settings.database)
    if is_current(database):
        models, datasets = model_cards(), dataset_cards(settings.home)
        with database.write() as session:
            catalog.announce(session, models, datasets)
    database.close()
