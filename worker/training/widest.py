"""The widest floating-point type of a device, in which sums are accumulated."""

import torch

NARROW = frozenset({"mps"})
"""Kinds of devices without float64: GPUs of Apple."""


def widest(device: torch.device) -> torch.dtype:
    """Return float64, or float32 on a device that has no wider type."""
    return torch.float32 if device.type in NARROW else torch.float64
