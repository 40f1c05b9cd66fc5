"""Random number generators: counter-based ones for batches, independent of earlier draws, and the global ones that
networks and libraries draw from."""

import random

import numpy as np
import torch
from numpy.random import Generator, Philox

DATA_SEED = 0
"""Seed of the global generators while a data set is loaded, so that random loaders give all runs the same data."""


def seed_shared_generators(seed: int) -> None:
    """Seed the global generators of PyTorch, Python and NumPy."""
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)


def of_epoch(seed: int, epoch: int) -> Generator:
    """Return the generator for the order of an epoch (from 1)."""
    return _at(seed, epoch, 0)


def of_batch(seed: int, epoch: int, batch: int) -> Generator:
    """Return the generator for the augmentation of a batch (from 0) of an epoch (from 1)."""
    return _at(seed, epoch, batch + 1)


def _at(seed: int, epoch: int, stream: int) -> Generator:
    # Philox is counter-based (Salmon et al. 2011): each key and top counter word is an independent stream, without
    # skipping ahead. (PyTorch's CPU generator uses only 32 bits of a seed, too few for the three numbers.)
    return Generator(Philox(key=np.array([seed, epoch], np.uint64), counter=np.array([0, 0, 0, stream], np.uint64)))
