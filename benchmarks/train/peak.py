"""Peak fp32 throughput of this machine's CPU, as a reference for a training step."""

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from worker.models import build

SIDE = 2048
CONVOLUTIONS = ((64, 32), (128, 16), (256, 8), (512, 4))  # channels, image side: those of ResNet-18
IMAGES = 128


def matmul_rate(seconds: float) -> float:
    """Return the best FLOP/s of a matrix product within `seconds`."""
    one, other = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    return _best(lambda: torch.mm(one, other), 2 * SIDE**3, seconds)


def convolution_rate(seconds: float) -> float:
    """Return the best FLOP/s of 3 x 3 convolutions in channels_last, over the shapes of ResNet-18."""
    best = 0.0
    for channels, side in CONVOLUTIONS:
        images = torch.rand(IMAGES, channels, side, side).to(memory_format=torch.channels_last)
        weights = torch.rand(channels, channels, 3, 3).to(memory_format=torch.channels_last)
        flops = 2 * images.numel() * 9 * channels
        best = max(best, _best(partial(functional.conv2d, images, weights, padding=1), flops, seconds / 4))
    return best


def flops_of_step(model: str, batch_size: int) -> int:
    """Return the FLOPs of forward and backward by torch's counter, on the meta device: nothing is computed."""
    with torch.device("meta"):
        network = build(model, classes=10, image_shape=(3, 32, 32))
        images, labels = torch.empty(batch_size, 3, 32, 32), torch.zeros(batch_size, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        nn.CrossEntropyLoss()(network(images), labels).backward()
    return int(counter.get_total_flops())


def _best(work: Callable[[], object], flops: float, seconds: float) -> float:
    least = float("inf")
    ends = time.perf_counter() + seconds
    with torch.inference_mode():
        while (began := time.perf_counter()) < ends:
            work()
            least = min(least, time.perf_counter() - began)
    return flops / least
