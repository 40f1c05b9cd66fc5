"""Augmentation at work, for people to look at: a few images of each data set, beside it on the disk.

The web process has no torch: it draws what is written here.
"""

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
    """Write one of each augmentation; a data set that comes with the lab is made for it.

    Raises CannotTrain for a data set that is not here, or cannot be read.
    """
    if not cache.holds(home, key) and not sources.at_hand(key):
        raise CannotTrain(f"The images of {key} are not on this machine: a run on it downloads them.")
    data = sources.load(key, home, tell=lambda _doing: None)
    images = data.train_images[_of_many_classes(data.train_labels)]
    for augment in get_args(Augmentation):
        # Which network is all the same to a batch.
        spec = RunSpec(model="any", dataset=key, augment=augment, batch_size=max(2, len(images)))
        _put(places.preview(home, key, augment), versions(images, spec, epochs=EPOCHS))


def forget(home: Path) -> None:
    """Of all data sets: the code that augments may be another one now."""
    for file in places.datasets(home).glob(f"*/{places.preview(home, '', '*').name}"):
        file.unlink(missing_ok=True)


def _of_many_classes(labels: Labels) -> list[int]:
    """Places of the first image of each of the first classes; of further images where there are few classes."""
    firsts = [int(np.argmax(labels == label)) for label in np.unique(labels)[:IMAGES]]
    others = [place for place in range(min(len(labels), IMAGES)) if place not in firsts]
    return [*firsts, *others][:IMAGES]


def _put(file: Path, images: Images) -> None:
    """Whole or not at all: somebody may be looking."""
    beside = temporary_beside(file)
    with beside.open("wb") as opened:
        np.save(opened, images)
    beside.replace(file)
