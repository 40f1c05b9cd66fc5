"""Global state that a plugin's code may change: random generators, and settings of PyTorch and NumPy."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.backends import cudnn


@dataclass(frozen=True)
class Switch:
    """One setting of the process."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]


def _determinism() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _of_cudnn(name: str) -> Switch:
    return Switch(f"cudnn.{name}", lambda: getattr(cudnn, name), lambda value: setattr(cudnn, name, value))


SWITCHES: tuple[Switch, ...] = (
    Switch("the default dtype", torch.get_default_dtype, torch.set_default_dtype),
    Switch(
        "the default device",
        torch.get_default_device,
        # None takes the mode away that a device installs, which every call of torch passes through.
        lambda device: torch.set_default_device(None if device.type == "cpu" else device),
    ),
    Switch("the number of threads", torch.get_num_threads, torch.set_num_threads),
    Switch("whether gradients are recorded", torch.is_grad_enabled, torch.set_grad_enabled),
    Switch("anomaly detection", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    Switch(
        "deterministic algorithms",
        _determinism,
        lambda kept: torch.use_deterministic_algorithms(kept[0], warn_only=kept[1]),
    ),
    Switch("the precision of float32 products", torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    *map(_of_cudnn, ("enabled", "benchmark", "deterministic")),
    Switch("what NumPy does about errors", np.geterr, lambda kept: np.seterr(**kept)),
)


@contextmanager
def undisturbed(device: str) -> Iterator[list[str]]:
    """What runs inside leaves random generators and switches as they were. Gives the names of the switches that it
    changed: filled at the end."""
    changed: list[str] = []
    kept = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if device == "cuda" else []), torch.enable_grad():
        before = [(switch, switch.read()) for switch in SWITCHES]
        try:
            yield changed
        finally:
            random.setstate(kept[0])
            np.random.set_state(kept[1])
            for switch, value in before:
                if switch.read() != value:
                    changed.append(switch.name)
                    switch.write(value)
