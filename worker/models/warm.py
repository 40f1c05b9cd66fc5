"""Import PyTorch's lazy modules, which takes seconds, before processes that need them are forked."""

from functools import cache

import torch
from torch import nn

from worker.models.measure import measure


@cache
def warm_up() -> None:
    """Nothing is computed, and no GPU is touched: a process that has run a backward pass may not be able to fork."""
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))
        measure(model, torch.zeros(1, 3, 4, 4))
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
