"""Global state that a network's code may change: random generators and PyTorch's settings."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def undisturbed(device: str) -> Iterator[None]:
    """What runs inside leaves random generators and torch's global switches as they were."""
    kept = random.getstate(), np.random.get_state()
    dtype, grad, threads = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
    cudnn = torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if device == "cuda" else []):
        try:
            with torch.enable_grad():
                yield
        finally:
            random.setstate(kept[0])
            np.random.set_state(kept[1])
            torch.set_default_dtype(dtype)
            torch.set_grad_enabled(grad)
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
            torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = cudnn
