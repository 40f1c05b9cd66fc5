"""The random numbers behind batches: each place in a run has its own, whatever was drawn before it."""

import numpy as np
from numpy.random import Generator, Philox


def of_epoch(seed: int, epoch: int) -> Generator:
    return _at(seed, epoch, 0)


def of_batch(seed: int, epoch: int, batch: int) -> Generator:
    """`batch` from 0."""
    return _at(seed, epoch, batch + 1)


def _at(seed: int, epoch: int, place: int) -> Generator:
    # A counter-based generator: its key and the counter's top word are independent streams, with nothing to wind
    # forward. (torch's own takes only 32 bits of a seed, too few for the three numbers.)
    return Generator(Philox(key=np.array([seed, epoch], np.uint64), counter=np.array([0, 0, 0, place], np.uint64)))
