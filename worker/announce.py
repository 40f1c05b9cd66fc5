"""Publish the networks, data sets and metrics of this worker to the catalogue: `python -m worker announce`."""

from collections.abc import Iterator
from contextlib import contextmanager

from backend.db import catalog, quantities, versions
from backend.db.database import Database
from backend.db.migration import is_current
from worker import previews
from worker.datasets import all_versions
from worker.datasets import cards as dataset_cards
from worker.models import cards as model_cards
from worker.models import zoo
from worker.models.registry import MODELS
from worker.plugins.inspect_all import Findings, inspect_all
from worker.settings import WorkerSettings


def announce(settings: WorkerSettings) -> None:
    """Publish the cards of all networks and data sets, built-in ones first, since plugins may take minutes."""
    announce_own(settings)
    announce_plugins(settings)


def announce_own(settings: WorkerSettings) -> None:
    """Publish the cards of built-in networks, of data sets and of torchvision's networks."""
    previews.forget(settings.home)
    with _lab(settings) as database:
        if database is None:
            return
        with database.read() as session:
            known = {(card.key, card.source) for card in catalog.models(session) if card.measured}
        models = model_cards(known=known)
        with database.write() as session:
            # Lock before reading: cards read earlier would bring back a version that is deleted meanwhile.
            versions.hold(session)
            for card in all_versions(settings.home):
                versions.announced(session, card)
            catalog.announce(session, models, dataset_cards(settings.home))
        torchvisions = zoo.plain_cards()
        with database.write() as session:
            catalog.announce_models(session, "torchvision", torchvisions)


def announce_plugins(settings: WorkerSettings, *, force: bool = False) -> bool:
    """Inspect plugins and publish each as soon as it is done; return whether a failure may be temporary.

    `force`: also inspect plugins whose files have not changed, since their imports may have.
    """
    with _lab(settings) as database:
        if database is None:
            return False

        def publish(found: Findings) -> None:
            with database.write() as session:
                catalog.announce_models(session, "plugin", found.models)
                catalog.announce_datasets(session, found.datasets, of_plugins=True)
                quantities.announce(session, found.quantities)

        datasets = {card.key for card in dataset_cards(settings.home)}
        found = inspect_all(
            settings.home, taken_models=set(MODELS), taken_datasets=datasets, publish=publish, force=force
        )
        publish(found)
        return found.is_transient


@contextmanager
def _lab(settings: WorkerSettings) -> Iterator[Database | None]:
    """Open the database; None if it does not have the current schema."""
    database = Database(settings.database)
    try:
        yield database if is_current(database) else None
    finally:
        database.close()
