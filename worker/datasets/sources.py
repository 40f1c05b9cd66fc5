"""All data sets by key: those the lab knows, and those somebody imported."""

from collections.abc import Callable
from pathlib import Path

from backend.contract.catalog import DatasetCard
from worker.datasets import cache, cifar10, digits
from worker.datasets.images import ImageData
from worker.errors import CannotTrain


class UnknownDataset(CannotTrain):
    def __init__(self, key: str, known: list[str]) -> None:
        super().__init__(f"There is no data set {key!r}; there are {', '.join(known)}.")


def load(key: str, home: Path, tell: Callable[[str], None]) -> ImageData:
    """The data set; one that is not here is made or downloaded first, while `tell` says how far it is.

    Raises UnknownDataset, DownloadFailed.
    """
    if not cache.holds(home, key):
        if key == digits.KEY:
            tell(f"preparing {key}")
            return digits.digits()
        if key == cifar10.KEY:
            cifar10.download(home, tell)
        else:
            raise UnknownDataset(key, [card.key for card in cards(home)])
    return cache.load(home, key)


def cards(home: Path) -> list[DatasetCard]:
    """What is on offer. Nothing is decoded for it."""
    known = [
        cache.card_of(digits.digits(), label=digits.LABEL, source=digits.SOURCE),
        DatasetCard(
            key=cifar10.KEY,
            label=cifar10.LABEL,
            train_images=50_000,
            test_images=10_000,
            image_shape=(3, 32, 32),
            available=False,
            source=cifar10.SOURCE,
        ),
    ]
    here = {key: cache.card(home, key) for key in cache.keys(home)}
    # An import under a known key keeps the name that people know it by.
    first = [here.pop(card.key, card).model_copy(update={"label": card.label}) for card in known]
    return first + list(here.values())
