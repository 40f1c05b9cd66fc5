"""The environment of an attempt, stored with the run so that its results can be reproduced."""

import logging
import platform
import subprocess
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from skiplab.contract.spec import RunSpec
from worker.devices import cpu_name
from worker.numerics import numerics
from worker.training.precision import resolved
from worker.training.watch import in_one_line

log = logging.getLogger(__name__)

PACKAGES = ("torch", "torchvision", "numpy", "pillow", "safetensors", "celery", "sqlmodel")
"""Packages that affect results, or that run the worker."""

UNKNOWN = "unknown"


def environment(spec: RunSpec, device: str) -> dict[str, Any]:
    """Return the facts as JSON data; what cannot be determined is "unknown". Initialises CUDA on a GPU."""
    facts: dict[str, Callable[[], Any]] = {
        "python": platform.python_version,
        "platform": platform.platform,
        "packages": lambda: {name: version for name in PACKAGES if (version := _version(name))},
        "commit": _commit,
        "numerics": lambda: numerics(spec.model, spec.dataset),
        "device": lambda: _device(device),
        "threads": torch.get_num_threads,
        "precision": lambda: resolved(spec, device),
        "cudnn": lambda: torch.backends.cudnn.version() if device == "cuda" else None,  # type: ignore[no-untyped-call]
        "cuda": lambda: torch.version.cuda if device == "cuda" else None,
    }
    return {name: known_or_unknown(name, read) for name, read in facts.items()}


def known_or_unknown(name: str, read: Callable[[], Any]) -> Any:
    """Return the result of `read`, or "unknown" after logging its error, which must not end the run."""
    try:
        return read()
    except Exception as error:  # noqa: BLE001  # no error here may end the run
        log.warning("the run's environment: %s is unknown: %s", name, in_one_line(error))
        return UNKNOWN


def _device(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else cpu_name()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    """Return the commit of Skiplab's sources; None unless they are a git checkout."""
    root = Path(__file__).parent.parent
    if not (root / ".git").exists():
        return None
    try:
        described = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()
