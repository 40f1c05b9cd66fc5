"""Import PyTorch's lazy modules, which takes seconds, before processes that need them are forked."""

from functools import cache

import torch
from torch import nn

from worker.models.measure import measure


@cache
def warm_up() -> None:
    """Import them by measuring a tiny network on the meta device.

    No GPU is used and no backward pass is run: autograd then starts threads, after which a process cannot fork.
    """
    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))
        measure(model, torch.zeros(1, 3, 4, 4))
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
