"""Sums of squares and the like, for telemetry: in one pass, without a copy of the values."""

from collections.abc import Sequence

import torch
from torch import Tensor

SHORT = (torch.float16, torch.bfloat16)
"""Types in which a sum of squares overflows or loses all its digits."""


def square_sum(values: Tensor) -> Tensor:
    return length(values).square()


def length(values: Tensor) -> Tensor:
    """The Euclidean norm."""
    norm: Tensor = torch.linalg.vector_norm(values, dtype=torch.float32 if values.dtype in SHORT else None)
    return norm


def lengths(tensors: Sequence[Tensor], device: torch.device) -> Tensor:
    """Of each, as one vector on `device`."""
    if not tensors:
        return torch.zeros(0, device=device)
    first = tensors[0]
    if all(each.dtype is torch.float32 and each.device == first.device for each in tensors):
        return torch.stack(torch._foreach_norm(list(tensors))).to(device)
    return torch.stack([length(each).double().to(device) for each in tensors])


def largest_of_channels(values: Tensor, dimension: int) -> Tensor:
    """The largest value of each channel; channels lie along `dimension`.

    Of N x C x ...: first over the images, whose rows are long, then over the positions. At once, the inner loop would
    be as short as there are channels, which took twenty times as long for sixteen of them.
    """
    if dimension == 0:
        return values.flatten(1).amax(1) if values.dim() > 1 else values
    channels = values.shape[dimension]
    if dimension == values.dim() - 1:
        return values.reshape(-1, channels).amax(0)
    return values.movedim(dimension, -1).flatten(1).amax(0).view(-1, channels).amax(0)
