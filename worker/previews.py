"""Previews of augmentation on a few images of each data set, stored beside it for the backend, which has no torch."""

from pathlib import Path
from typing import get_args

import numpy as np

from skiplab.contract import places
from skiplab.contract.spec import Augmentation, RunSpec
from worker.datasets import cache, sources
from worker.datasets.images import Images, Labels
from worker.errors import CannotTrain
from worker.temporary import temporary_beside
from worker.training.preview import versions

IMAGES = 6
EPOCHS = 8


def write(home: Path, key: str) -> None:
    """Write a preview of each augmentation, generating a built-in data set if necessary.

    Raises CannotTrain for a data set that is not downloaded or cannot be read.
    """
    if not cache.holds(home, key) and not sources.at_hand(key):
        raise CannotTrain(f"The images of {key} are not on this machine. A run on it downloads them.")
    data = sources.load(key, home, tell=lambda _doing: None)
    images = data.train_images[_of_many_classes(data.train_labels)]
    for augment in get_args(Augmentation):
        # Batches do not depend on the network.
        spec = RunSpec(model="any", dataset=key, augment=augment, batch_size=max(2, len(images)))
        _put(places.preview(home, key, augment), versions(images, spec, epochs=EPOCHS))


def forget(home: Path) -> None:
    """Delete all previews: the augmentation code may have changed."""
    for file in places.datasets(home).glob(f"*/{places.preview(home, '', '*').name}"):
        file.unlink(missing_ok=True)


def _of_many_classes(labels: Labels) -> list[int]:
    """Return indices of the first image of each of the first classes, and of further images if there are few."""
    firsts = [int(np.argmax(labels == label)) for label in np.unique(labels)[:IMAGES]]
    others = [index for index in range(min(len(labels), IMAGES)) if index not in firsts]
    return [*firsts, *others][:IMAGES]


def _put(file: Path, images: Images) -> None:
    """Write a file atomically: the backend may be reading it."""
    temporary = temporary_beside(file)
    with temporary.open("wb") as opened:
        np.save(opened, images)
    temporary.replace(file)
