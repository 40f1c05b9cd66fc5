"""What a worker can train on, found without waking CUDA: its processes are forked, and CUDA does not survive that."""

import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pynvml

from skiplab.contract.worker import Device


def slot_devices(slots: int | None) -> list[Device]:
    """One device for each slot: all GPUs, or the CPU once; `slots` overrides how many, GPUs are then shared in turn."""
    found = _gpus() or [Device(kind="cpu", name=cpu_name(), index=0)]
    return [found[slot % len(found)] for slot in range(slots or len(found))]


def cpu_name() -> str:
    """Such as `AMD EPYC 7763 64-Core Processor, 2 cores`: of the cores, those that this process may use."""
    cores = len(os.sched_getaffinity(0))
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        cpuinfo = ""
    return f"{processor(cpuinfo)}, {cores} core{'' if cores == 1 else 's'}"


def processor(cpuinfo: str) -> str:
    """The first processor's model, as Linux tells it; the architecture where it tells none, as on many Arm machines."""
    lines = [line.partition(":") for line in cpuinfo.splitlines()]
    facts = {key.strip(): value.strip() for key, _, value in reversed(lines)}
    # x86 has `model name`, others one of those after it.
    model = next((facts[key] for key in ("model name", "Model", "cpu model", "cpu") if facts.get(key)), "")
    # Without trademark signs and the clock that some vendors put into the name.
    plain = " ".join(re.sub(r"\((?:R|TM)\)|\bCPU\b|@.*", " ", model).split())
    return plain or platform.processor() or platform.machine()


def environment(device: Device, *, slots: int) -> dict[str, str]:
    """What a trainer's environment must say before it starts, so that slots do not fight over device or cores."""
    threads = str(max(1, len(os.sched_getaffinity(0)) // slots))
    return {
        # An index among the devices that the worker itself may see.
        "CUDA_VISIBLE_DEVICES": _visible()[device.index] if device.kind == "cuda" else "",
        # A builder that goes through a set of names does so in the same order in every process.
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        # Threads that spin while they wait for each other make a run five times slower as soon as anything else wants
        # the cores: a browser on a laptop is enough.
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive"),
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


def _visible() -> list[str]:
    """Indices or UUIDs of the GPUs that CUDA_VISIBLE_DEVICES leaves; all of them when it is not set."""
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
    """NVML for a moment; False where there is no NVIDIA driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield False
        return
    try:
        yield True
    finally:
        pynvml.nvmlShutdown()
