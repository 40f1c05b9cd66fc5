"""Find the devices of a worker without initialising CUDA, which does not survive the fork of its processes."""

import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pynvml

from skiplab.contract.worker import Device


def slot_devices(slots: int | None) -> list[Device]:
    """Return a device for each slot: all GPUs, or the CPU once. `slots` overrides the number; GPUs are then shared."""
    found = _gpus() or _apple_gpu() or [Device(kind="cpu", name=cpu_name(), index=0)]
    return [found[slot % len(found)] for slot in range(slots or len(found))]


def cpu_name() -> str:
    """Return a name such as `AMD EPYC 7763 64-Core Processor, 2 cores`, with the cores available to this process."""
    cores = usable_cores()
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        cpuinfo = ""
    return f"{processor(cpuinfo)}, {cores} core{'' if cores == 1 else 's'}"


def usable_cores() -> int:
    """Return the number of cores available to this process; all of them on macOS, which does not restrict a process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor(cpuinfo: str) -> str:
    """Return the CPU model in /proc/cpuinfo; the architecture where it has none, as on many Arm machines."""
    lines = [line.partition(":") for line in cpuinfo.splitlines()]
    facts = {key.strip(): value.strip() for key, _, value in reversed(lines)}
    # x86 has `model name`, others one of those after it.
    model = next((facts[key] for key in ("model name", "Model", "cpu model", "cpu") if facts.get(key)), "")
    # Strip trademark signs, and the clock rate that some vendors add.
    plain = " ".join(re.sub(r"\((?:R|TM)\)|\bCPU\b|@.*", " ", model).split())
    return plain or platform.processor() or platform.machine()


def environment(device: Device, *, slots: int) -> dict[str, str]:
    """Return the environment variables of a trainer, which give it its own device and share of the cores."""
    threads = str(max(1, usable_cores() // slots))
    return {
        # An index among the devices visible to the worker.
        "CUDA_VISIBLE_DEVICES": _visible()[device.index] if device.kind == "cuda" else "",
        # Fixes the iteration order of sets of strings, which a network's builder may depend on.
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        # Spinning OpenMP threads slow a run fivefold as soon as another process, such as a browser, uses the cores.
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive"),
        # Operators that PyTorch lacks for Apple's GPUs run on the CPU instead of failing.
        "PYTORCH_ENABLE_MPS_FALLBACK": "1",
    }


def _gpus() -> list[Device]:
    with nvml() as there:
        if not there:
            return []
        handles = [gpu_handle(identifier) for identifier in _visible()]
        return [
            Device(kind="cuda", name=pynvml.nvmlDeviceGetName(handle), index=index)
            for index, handle in enumerate(handles)
        ]


def _apple_gpu() -> list[Device]:
    """Return the GPU of a Mac with Apple silicon; none if the environment hides GPUs, as for CUDA."""
    is_apple = (platform.system(), platform.machine()) == ("Darwin", "arm64")
    if not is_apple or os.environ.get("CUDA_VISIBLE_DEVICES") == "":
        return []
    return [Device(kind="mps", name="Apple silicon GPU", index=0)]


def _visible() -> list[str]:
    """Return indices or UUIDs of the GPUs in CUDA_VISIBLE_DEVICES; of all GPUs when it is not set."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [part.strip() for part in given.split(",") if part.strip()]
    with nvml() as there:
        return [str(index) for index in range(pynvml.nvmlDeviceGetCount())] if there else []


def gpu_handle(identifier: str) -> object:
    if identifier.isdigit():
        return pynvml.nvmlDeviceGetHandleByIndex(int(identifier))
    return pynvml.nvmlDeviceGetHandleByUUID(identifier)


@contextmanager
def nvml() -> Iterator[bool]:
    """Initialise NVML for the context; yields False without an NVIDIA driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield False
        return
    try:
        yield True
    finally:
        pynvml.nvmlShutdown()
