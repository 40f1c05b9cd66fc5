"""The random numbers behind batches: each place in a run has its own, whatever was drawn before it. And those that
other people's code draws, from the generators that everybody shares."""

import random

import numpy as np
import torch
from numpy.random import Generator, Philox

DATA_SEED = 0
"""Of the shared generators while a data set is loaded: a loader that draws makes the same data for every run."""


def seed_shared_generators(seed: int) -> None:
    """Those of torch, Python and NumPy, from which networks, loaders and their libraries draw."""
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)


def of_epoch(seed: int, epoch: int) -> Generator:
    return _at(seed, epoch, 0)


def of_batch(seed: int, epoch: int, batch: int) -> Generator:
    """`batch` from 0."""
    return _at(seed, epoch, batch + 1)


def _at(seed: int, epoch: int, place: int) -> Generator:
    # A counter-based generator: its key and the counter's top word are independent streams, with nothing to wind
    # forward. (torch's own takes only 32 bits of a seed, too few for the three numbers.)
    return Generator(Philox(key=np.array([seed, epoch], np.uint64), counter=np.array([0, 0, 0, place], np.uint64)))
