"""How much memory a process holds, and how much of it the machine, or the container, has left."""

import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

KILOBYTE = 1024  # the kernel's
STATUS = Path("/proc/self/status")

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
VMSTAT = Path("/proc/vmstat")

LEAST_RESERVE = 2**30
UNLIMITED = 2**60
"""The first version of cgroups writes a number beyond this where there is no limit."""


@dataclass(frozen=True)
class _Files:
    """How a version of cgroups calls what is read here."""

    limit: str
    used: str
    cached: tuple[str, ...]  # in memory.stat: files' pages, which the kernel gives back when they are wanted
    kills: str


_VERSION_1 = _Files(
    "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file"), "memory.oom_control"
)
_VERSION_2 = _Files("memory.max", "memory.current", ("inactive_file", "active_file"), "memory.events")


def peak_bytes() -> int:
    """Since its start. Not by getrusage where there is another way: on Linux that begins with what the parent had."""
    found = _of_status(STATUS, "VmHWM:")
    if found is not None:
        return found
    unit = 1 if sys.platform == "darwin" else KILOBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def held(pid: int) -> int:
    """Bytes that a process holds and nobody can take from it: pages of mapped files are left out, which the kernel
    gives up by itself. Raises psutil.NoSuchProcess."""
    status = Path(f"/proc/{pid}/status")
    try:
        own = _of_status(status, "RssAnon:")
        return own + (_of_status(status, "RssShmem:") or 0) if own is not None else _resident(pid)
    except (FileNotFoundError, ProcessLookupError):
        raise psutil.NoSuchProcess(pid) from None


def share(pid: int) -> int:
    """The same, but of what forked processes share each counts its part: exact, and slower. Raises
    psutil.NoSuchProcess."""
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    try:
        own = _of_status(rollup, "Pss_Anon:")
        return held(pid) if own is None else own + (_of_status(rollup, "Pss_Shmem:") or 0)
    except (OSError, PermissionError):
        return held(pid)


def room() -> int:
    """Bytes that may still be taken: of the machine, and of the cgroups that this process is in."""
    left = [int(psutil.virtual_memory().available)]
    for folder, files in _groups():
        limit = _number(folder / files.limit)
        used = _number(folder / files.used)
        if limit is not None and used is not None:
            left.append(limit - used + sum(_entry(folder / "memory.stat", name) or 0 for name in files.cached))
    return max(0, min(left))


def capacity() -> int:
    """Bytes of the machine, or of the tightest cgroup that this process is in."""
    limits = [_number(folder / files.limit) for folder, files in _groups()]
    return min([int(psutil.virtual_memory().total), *(limit for limit in limits if limit is not None)])


def reserve() -> int:
    """Bytes that the lab leaves alone: for the system, the web process and the broker, and because a process can take
    a gigabyte between two looks at it."""
    whole = capacity()
    return min(max(LEAST_RESERVE, whole // 20), whole // 4)


def kills() -> int:
    """How many processes the kernel has ended for want of memory, here or on the whole machine. A number that has
    grown is evidence."""
    found = [_entry(folder / files.kills, "oom_kill") for folder, files in _groups()]
    return sum(number for number in (*found, _entry(VMSTAT, "oom_kill")) if number is not None)


def in_words(count: int) -> str:
    """Bytes, for people."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def _groups() -> Iterator[tuple[Path, _Files]]:
    """The cgroups of this process that may limit memory, from its own to the outermost."""
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
    """A container's own view of the tree may begin elsewhere than the path that it is told: what is not there is left
    out."""
    inner = root / path.lstrip("/")
    between = [folder for folder in (inner, *inner.parents) if folder.is_relative_to(root)]
    return [folder for folder in between if folder.is_dir()]


def _resident(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


def _of_status(file: Path, name: str) -> int | None:
    """Bytes of a line such as `VmHWM:  1024 kB`."""
    # Not every kernel that looks like Linux has the file, or the line.
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
    """Of a file with lines of a name and a number."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), None)
