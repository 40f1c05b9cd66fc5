"""The cost of a forward pass, and whether a training check can afford it."""

import random
from collections.abc import Callable
from typing import NamedTuple, Self

import numpy as np
import psutil
import torch
from torch import nn

from worker.models.faults import USER_CODE_ERRORS
from worker.models.global_state import preserved
from worker.models.measure import Measures, measure
from worker.models.network import Shape

MAX_FLOPS = 20e9
"""Limit per image on a CPU. At some 10 GFLOPs per second and core, the check then takes less than half a minute."""

MAX_MEMORY = 0.5
"""Fraction of free memory that the check may use."""

COPIES = 4
"""Size of a check in multiples of the weights: weights, gradients, and as much again for activations."""

FLOAT32_BYTES = 4

SEED = 0


class Cost(NamedTuple):
    """Of one image, forward."""

    parameters: int
    flops: int
    depth: int | None

    @classmethod
    def of(cls, measures: Measures) -> Self:
        return cls(measures.parameters, measures.flops, measures.depth)


def build_seeded(build: Callable[[], nn.Module]) -> nn.Module:
    """Build a network from a fixed state of the global generators, so that each check sees the same one."""
    torch.manual_seed(SEED)
    random.seed(SEED)
    np.random.seed(SEED)
    return build()


def cost_on_meta(build: Callable[[], nn.Module], image_shape: Shape) -> Cost | None:
    """Measure a network on the meta device, without arithmetic; None for code that needs real numbers."""
    with preserved("cpu"):
        try:
            with torch.device("meta"):
                return Cost.of(measure(build_seeded(build), torch.zeros(1, *image_shape)))
        except USER_CODE_ERRORS:
            return None


def cost_of(model: nn.Module, image_shape: Shape, device: torch.device) -> Cost | None:
    """Measure a network that trains; None if its modules accept no hooks."""
    try:
        return Cost.of(measure(model, torch.zeros(1, *image_shape, device=device)))
    except USER_CODE_ERRORS:
        return None


def too_expensive(cost: Cost | None, device: torch.device) -> str | None:
    """Return why a training check would take too much time or memory; None if it would not."""
    if cost is None:
        return None
    if device.type == "cpu" and cost.flops > MAX_FLOPS:
        return f"not checked: {cost.flops / 1e9:.0f} GFLOPs per image would take too long"
    needed, free = cost.parameters * FLOAT32_BYTES * COPIES, psutil.virtual_memory().available
    if needed > MAX_MEMORY * free:
        return f"not checked: it would take {needed / 2**30:.1f} GiB of {free / 2**30:.1f} GiB of free memory"
    return None
