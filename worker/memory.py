"""Memory of processes, and of the machine or container, from /proc and cgroups."""

import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

KILOBYTE = 1024  # as in /proc
STATUS = Path("/proc/self/status")

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
VMSTAT = Path("/proc/vmstat")

LEAST_RESERVE = 2**30
UNLIMITED = 2**60
"""Cgroups v1 has a number above this where there is no limit."""


@dataclass(frozen=True)
class _Files:
    """File and entry names of a version of cgroups."""

    limit: str
    used: str
    cached: tuple[str, ...]  # in memory.stat: page cache, which the kernel reclaims on demand
    kills: str


_VERSION_1 = _Files(
    "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file"), "memory.oom_control"
)
_VERSION_2 = _Files("memory.max", "memory.current", ("inactive_file", "active_file"), "memory.events")


def peak_bytes() -> int:
    """Return the peak resident bytes of this process. On Linux from /proc: getrusage starts at the parent's value."""
    found = _of_status(STATUS, "VmHWM:")
    if found is not None:
        return found
    unit = 1 if sys.platform == "darwin" else KILOBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def held(pid: int) -> int:
    """Return the unreclaimable bytes of a process: without pages of mapped files. Raises psutil.NoSuchProcess."""
    status = Path(f"/proc/{pid}/status")
    try:
        own = _of_status(status, "RssAnon:")
        return own + (_of_status(status, "RssShmem:") or 0) if own is not None else _resident(pid)
    except (FileNotFoundError, ProcessLookupError):
        raise psutil.NoSuchProcess(pid) from None


def share(pid: int) -> int:
    """Return the same with shared pages divided among the processes that share them; exact, but slower.

    Raises psutil.NoSuchProcess.
    """
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    try:
        own = _of_status(rollup, "Pss_Anon:")
        return held(pid) if own is None else own + (_of_status(rollup, "Pss_Shmem:") or 0)
    except (OSError, PermissionError):
        return held(pid)


def room() -> int:
    """Return the available bytes: the minimum over the machine and the cgroups of this process."""
    left = [int(psutil.virtual_memory().available)]
    for folder, files in _groups():
        limit = _number(folder / files.limit)
        used = _number(folder / files.used)
        if limit is not None and used is not None:
            left.append(limit - used + sum(_entry(folder / "memory.stat", name) or 0 for name in files.cached))
    return max(0, min(left))


def capacity() -> int:
    """Return the total bytes of the machine, or the lowest limit of this process's cgroups."""
    limits = [_number(folder / files.limit) for folder, files in _groups()]
    return min([int(psutil.virtual_memory().total), *(limit for limit in limits if limit is not None)])


def reserve() -> int:
    """Return the bytes kept free for system, backend and broker, and for growth between two checks of a process."""
    whole = capacity()
    return min(max(LEAST_RESERVE, whole // 20), whole // 4)


def kills() -> int:
    """Return the number of out-of-memory kills in these cgroups and on the machine; an increase is evidence of one."""
    found = [_entry(folder / files.kills, "oom_kill") for folder, files in _groups()]
    return sum(number for number in (*found, _entry(VMSTAT, "oom_kill")) if number is not None)


def _groups() -> Iterator[tuple[Path, _Files]]:
    """Yield the cgroups of this process that may limit memory, innermost first."""
    try:
        lines = MEMBERSHIP.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from ((folder, _VERSION_2) for folder in _upwards(CGROUPS, path) if (folder / "memory.max").exists())
        elif "memory" in controllers.split(","):
            yield from ((folder, _VERSION_1) for folder in _upwards(CGROUPS / "memory", path))


def _upwards(root: Path, path: str) -> list[Path]:
    """Return the existing folders from a cgroup up to the root: a container may see another root than its path has."""
    inner = root / path.lstrip("/")
    between = [folder for folder in (inner, *inner.parents) if folder.is_relative_to(root)]
    return [folder for folder in between if folder.is_dir()]


def _resident(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


def _of_status(file: Path, name: str) -> int | None:
    """Return the bytes in a line such as `VmHWM:  1024 kB`; None without it."""
    # Some Linux-compatible kernels lack the file or the line.
    lines = file.read_text().splitlines() if os.path.exists(file) else []  # noqa: PTH110  # a hundred times a minute
    for line in lines:
        if line.startswith(name):
            return int(line.split()[1]) * KILOBYTE
    return None


def _number(file: Path) -> int | None:
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() and int(text) < UNLIMITED else None


def _entry(file: Path, name: str) -> int | None:
    """Return the number after a name, from a file of such lines; None without it."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), None)
