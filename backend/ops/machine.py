"""What `skiplab doctor` finds out about the machine: disk, devices, torch."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pydantic import ValidationError
from rich import filesize

from backend.ops.finding import Finding
from backend.settings import Settings
from backend.supervisor import lab
from skiplab.contract.worker import Equipment

LITTLE_BYTES = 2 * 10**9
"""A data set and a few checkpoints; below this the next one may not fit."""

ASK_SECONDS = 120
"""torch on a cold disk."""


def disk(home: Path) -> Finding:
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    says = f"{filesize.decimal(free)} free at {home}"
    if not os.access(there, os.W_OK):
        return Finding(
            "disk", f"{there} cannot be written to", "Give this user the right, or choose another folder with --home."
        )
    if free < LITTLE_BYTES:
        return Finding("disk", says, "Make room: delete runs that you do not need, or move the folder.")
    return Finding("disk", says)


def devices(settings: Settings) -> list[Finding]:
    """Asks the worker, in a process of its own: the backend's environment need not hold torch."""
    try:
        asked = _asked(settings)
    except subprocess.TimeoutExpired:
        says = f"the worker did not say within {ASK_SECONDS} s what there is"
        return [
            Finding("device", says, "Look whether `nvidia-smi` answers; a GPU that hangs wants a restart of its host.")
        ]
    try:
        return judged(Equipment.model_validate_json(asked.stdout))
    except ValidationError:
        said = (asked.stderr.strip().splitlines() or [f"status {asked.returncode}"])[-1]
        return [Finding("device", f"the worker cannot say what there is: {said}", "Run `make setup`.")]


def _asked(settings: Settings) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "worker", "equipment"],
        env={**os.environ, **lab.worker_environment(settings)},
        capture_output=True,
        text=True,
        timeout=ASK_SECONDS,
        check=False,
    )


def judged(found: Equipment) -> list[Finding]:
    """The devices, and whether this build of torch can use them."""
    names = ", ".join(f"{device.name} ({device.kind})" for device in found.devices)
    driver = f"; driver {found.driver}, for CUDA up to {found.driver_cuda}" if found.driver else ""
    return [Finding("device", f"{names}{driver}"), _torch(found)]


def _torch(found: Equipment) -> Finding:
    if found.torch is None:
        return Finding("torch", f"torch cannot be imported: {found.torch_problem}", "Run `make setup`.")
    says = f"torch {found.torch}, built for {'CUDA ' + found.torch_cuda if found.torch_cuda else 'CPUs'}"
    other_build = "`make clean`, then set SKIPLAB_TORCH_INDEX to an index of builds for {} and run `make setup`."
    has_gpu = any(device.kind == "cuda" for device in found.devices)
    if has_gpu and found.torch_cuda is None:
        return Finding("torch", f"{says}: the GPU lies idle", other_build.format("CUDA"))
    # Within one major version of CUDA an older driver runs a newer build.
    if has_gpu and found.driver_cuda and _major(str(found.torch_cuda)) > _major(found.driver_cuda):
        return Finding(
            "torch",
            f"{says}, which driver {found.driver} cannot run: it knows CUDA up to {found.driver_cuda}",
            f"Upgrade the driver, or {other_build.format(f'CUDA {_major(found.driver_cuda)}')}",
        )
    return Finding("torch", says)


def _major(version: str) -> int:
    return int(version.partition(".")[0])
