"""Restore global state that a plugin's code may change: random generators, and settings of PyTorch and NumPy."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.backends import cudnn


@dataclass(frozen=True)
class Setting:
    """One setting of the process. `name`: for messages, after "changes"."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]


def _determinism() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _cudnn_setting(name: str) -> Setting:
    return Setting(f"cudnn.{name}", lambda: getattr(cudnn, name), lambda value: setattr(cudnn, name, value))


SETTINGS: tuple[Setting, ...] = (
    Setting("the default dtype", torch.get_default_dtype, torch.set_default_dtype),
    Setting(
        "the default device",
        torch.get_default_device,
        # set_default_device("cpu") would install a mode that slows every call of torch; None removes it.
        lambda device: torch.set_default_device(None if device.type == "cpu" else device),
    ),
    Setting("the number of threads", torch.get_num_threads, torch.set_num_threads),
    Setting("the gradient mode", torch.is_grad_enabled, torch.set_grad_enabled),
    Setting("anomaly detection", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    Setting(
        "deterministic algorithms",
        _determinism,
        lambda kept: torch.use_deterministic_algorithms(kept[0], warn_only=kept[1]),
    ),
    Setting("the float32 matmul precision", torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    *map(_cudnn_setting, ("enabled", "benchmark", "deterministic")),
    Setting("NumPy's error handling", np.geterr, lambda kept: np.seterr(**kept)),
)


@contextmanager
def preserved(device: str) -> Iterator[list[str]]:
    """Restore random generators and settings on exit; inside, gradients are enabled.

    Yields a list that has the names of changed settings after the exit. `device`: "cpu" or "cuda".
    """
    changed: list[str] = []
    kept = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if device == "cuda" else []), torch.enable_grad():
        before = [(setting, setting.read()) for setting in SETTINGS]
        try:
            yield changed
        finally:
            random.setstate(kept[0])
            np.random.set_state(kept[1])
            for setting, value in before:
                if setting.read() != value:
                    changed.append(setting.name)
                    setting.write(value)
