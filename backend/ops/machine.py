"""Checks of the machine for `skiplab doctor`: disk, devices, torch."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pydantic import ValidationError
from rich import filesize

from backend.ops.check_result import CheckResult
from backend.settings import Settings
from backend.supervisor import lab
from skiplab.contract.home import is_clone
from skiplab.contract.worker import Equipment

LOW_DISK_BYTES = 2 * 10**9
"""Room for a data set and a few checkpoints."""

INSTALL = "Run `make setup`." if is_clone() else "Run `pip install 'skiplab[lab]'`."

OTHER_BUILD = (
    "`make clean`, then set SKIPLAB_TORCH_INDEX to an index of builds for {} and run `make setup`."
    if is_clone()
    else "install builds of torch and torchvision for {} from their index (docs/guides/installation.md)."
)

QUERY_TIMEOUT_SECONDS = 120
"""Importing torch from a cold disk takes long."""


def disk(home: Path) -> CheckResult:
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    message = f"{filesize.decimal(free)} free at {home}"
    if not os.access(there, os.W_OK):
        return CheckResult(
            "disk", f"{there} is not writable", "Give this user write access, or choose another folder with --home."
        )
    if free < LOW_DISK_BYTES:
        return CheckResult(
            "disk", message, "Free disk space: delete runs that are no longer needed, or move the folder."
        )
    return CheckResult("disk", message)


def devices(settings: Settings) -> list[CheckResult]:
    """Query the worker in a separate process, since the backend's environment may lack torch."""
    try:
        queried = _query(settings)
    except subprocess.TimeoutExpired:
        message = f"the worker did not report its devices within {QUERY_TIMEOUT_SECONDS} s"
        return [CheckResult("device", message, "Check that `nvidia-smi` responds; restart the host if the GPU hangs.")]
    try:
        return results_of(Equipment.model_validate_json(queried.stdout))
    except ValidationError:
        output = (queried.stderr.strip().splitlines() or [f"status {queried.returncode}"])[-1]
        return [CheckResult("device", f"the worker cannot report its devices: {output}", INSTALL)]


def _query(settings: Settings) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "worker", "equipment"],
        env={**os.environ, **lab.worker_environment(settings)},
        capture_output=True,
        text=True,
        timeout=QUERY_TIMEOUT_SECONDS,
        check=False,
    )


def results_of(found: Equipment) -> list[CheckResult]:
    """Return the devices, and whether this build of torch can use them."""
    names = ", ".join(f"{device.name} ({device.kind})" for device in found.devices)
    driver = f"; driver {found.driver}, supports CUDA up to {found.driver_cuda}" if found.driver else ""
    return [CheckResult("device", f"{names}{driver}"), _torch(found)]


def _torch(found: Equipment) -> CheckResult:
    if found.torch is None:
        return CheckResult("torch", f"torch cannot be imported: {found.torch_problem}", INSTALL)
    message = f"torch {found.torch}, built for {'CUDA ' + found.torch_cuda if found.torch_cuda else 'CPUs'}"
    has_gpu = any(device.kind == "cuda" for device in found.devices)
    if has_gpu and found.torch_cuda is None:
        return CheckResult("torch", f"{message}: the GPU is unused", OTHER_BUILD.format("CUDA"))
    # Within one major version of CUDA an older driver supports newer builds.
    if has_gpu and found.driver_cuda and _major(str(found.torch_cuda)) > _major(found.driver_cuda):
        return CheckResult(
            "torch",
            f"{message}, which driver {found.driver} does not support: CUDA up to {found.driver_cuda}",
            f"Upgrade the driver, or {OTHER_BUILD.format(f'CUDA {_major(found.driver_cuda)}')}",
        )
    return CheckResult("torch", message)


def _major(version: str) -> int:
    return int(version.partition(".")[0])
