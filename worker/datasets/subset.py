"""Fixed, stratified parts of a data set."""

import numpy as np
from numpy.typing import NDArray

from worker.datasets.images import Labels


def stratified(labels: Labels, count: int | None) -> NDArray[np.int64]:
    """Indices of `count` images (None, or more than there are: all), in order.

    Each class keeps its share, to within one image; which images they are never changes, whatever the run's seed.
    """
    if count is None or count >= len(labels):
        return np.arange(len(labels))
    random = np.random.default_rng(0)
    # Every image gets a place within its class, as a share of the class; the lowest shares of all classes are taken.
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + random.random()) / len(members)
    return np.sort(np.argsort(place, kind="stable")[:count])
