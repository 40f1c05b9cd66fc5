"""Floating-point precision of the forward pass."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from skiplab.contract.spec import RunSpec


def resolved(spec: RunSpec, device_type: str) -> Literal["fp32", "bf16"]:
    """Return the precision, with `auto` resolved for the device. Initialises CUDA on a GPU."""
    if spec.precision != "auto":
        return spec.precision
    return "bf16" if device_type == "cuda" and torch.cuda.is_bf16_supported() else "fp32"


def context(spec: RunSpec, device_type: str) -> Callable[[], AbstractContextManager[object]]:
    """Return a factory of the context for the forward pass: autocast, or a null context."""
    if resolved(spec, device_type) == "bf16":
        return lambda: torch.autocast(device_type, dtype=torch.bfloat16)
    return nullcontext
