"""All data sets by key: those the lab can get itself, and those somebody imported."""

from functools import partial
from pathlib import Path

from backend.contract.catalog import DatasetCard
from worker.datasets import cache, digits, shapes
from worker.datasets.download import download
from worker.datasets.images import ImageData
from worker.datasets.known import Known, Tell
from worker.datasets.maker import make_once
from worker.datasets.published import PUBLISHED
from worker.errors import CannotTrain

_PUBLISHED = [Known(each.card, partial(download, each)) for each in PUBLISHED]

KNOWN = {each.card.key: each for each in (digits.known(), shapes.known(), *_PUBLISHED)}
"""What the lab can get itself, by key, in the order of the form."""


class UnknownDataset(CannotTrain):
    def __init__(self, key: str, known: list[str]) -> None:
        super().__init__(f"There is no data set {key!r}; there are {', '.join(known)}.")


def load(key: str, home: Path, tell: Tell) -> ImageData:
    """The data set; one that is not here is made or downloaded first, while `tell` says how far it is.

    Raises UnknownDataset, DownloadFailed.
    """
    if not cache.holds(home, key):
        if key not in KNOWN:
            raise UnknownDataset(key, [card.key for card in cards(home)])
        make_once(home, key, lambda: KNOWN[key].make(home, tell), tell)
    return cache.load(home, key)


def at_hand(key: str) -> bool:
    """Whether it comes with the lab."""
    return key in KNOWN and KNOWN[key].card.available


def cards(home: Path) -> list[DatasetCard]:
    """What is on offer. Nothing is decoded for it."""
    here = {card.key: card for card in cache.cards(home)}
    # An import under a known key keeps the name that people know it by.
    first = [here.pop(key, each.card).model_copy(update={"label": each.card.label}) for key, each in KNOWN.items()]
    return first + list(here.values())
