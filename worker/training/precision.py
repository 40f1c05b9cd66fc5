"""What the forward pass computes in."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from skiplab.contract.spec import RunSpec


def resolved(spec: RunSpec, device_type: str) -> Literal["fp32", "bf16"]:
    """What `auto` comes to on this device. On a GPU it wakes CUDA."""
    if spec.precision != "auto":
        return spec.precision
    return "bf16" if device_type == "cuda" and torch.cuda.is_bf16_supported() else "fp32"


def context(spec: RunSpec, device_type: str) -> Callable[[], AbstractContextManager[object]]:
    """What the forward pass runs under."""
    if resolved(spec, device_type) == "bf16":
        return lambda: torch.autocast(device_type, dtype=torch.bfloat16)
    return nullcontext
