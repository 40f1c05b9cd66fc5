"""Kill a process and its descendants before they exhaust the machine's memory.

User code has no limit of its own, and the kernel's out-of-memory killer might choose the database instead.
"""

import logging
import os
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from skiplab.contract.sizes import human_bytes
from worker import memory

log = logging.getLogger(__name__)

FASTEST = 4 * 2**30
"""Approximate bytes per second at which a process can allocate; determines the time until the next check."""

SOONEST_SECONDS, LATEST_SECONDS = 0.02, 0.5

LARGE_SHARE = 0.2
"""Fraction of total memory above which a process is killed when the machine runs out, even below its limit."""

SMALL_SHARE = 0.75
"""Fraction of free memory that a process may use where the reserve would leave less."""

NEAR_SHARE = 0.9
"""Fraction of its limit above which the death of a process is attributed to memory."""


class Watchdog:
    """Watches a process and its descendants from a thread.

    The limit is the memory that they use at the start plus what is free then, less the reserve. After a kill,
    `sentence` explains it.
    """

    def __init__(self, pid: int, what: str, *, bound: int | None = None, remedy: str = "") -> None:
        """`what`: beginning of the sentence, such as a plugin's name. `bound`: limit in bytes."""
        self._pid, self._what, self._remedy = pid, what, remedy
        self._process = _process(pid)
        room, reserve = memory.room(), memory.reserve()
        self._least_room, self._large = min(reserve, room) // 4, int(memory.capacity() * LARGE_SHARE)
        self._family: list[int] = [pid]
        # Where little memory is free, most of it may be used nevertheless: small runs fit.
        self._bound = bound if bound is not None else _held(pid) + max(room - reserve, int(room * SMALL_SHARE))
        self._taken = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"watchdog of {pid}", daemon=True)
        self.sentence: str | None = None

    @property
    def near(self) -> bool:
        """Whether the process was close to its limit at the last check."""
        return self._taken >= NEAR_SHARE * self._bound

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _watch(self) -> None:
        pause = 0.0
        while not self._done.wait(pause):
            try:
                self._family = [self._pid, *family(self._pid)]
                self._taken = self._held_by_all()
                if self._is_too_much():
                    self._end()
                    return
            except psutil.Error:
                return  # the process has ended
            left = max(0, min(self._bound - self._taken, memory.room()))
            pause = min(max(left / FASTEST, SOONEST_SECONDS), LATEST_SECONDS)

    def _held_by_all(self) -> int:
        """Return the bytes of all watched processes. Raises psutil.NoSuchProcess if the main one has ended."""
        whole = memory.held(self._pid)
        for pid in self._family[1:]:
            with suppress(psutil.NoSuchProcess):
                whole += memory.held(pid)
        return whole

    def _is_too_much(self) -> bool:
        if self._taken > self._bound and len(self._family) > 1:
            # Recount exactly: pages that forked processes share were counted for each.
            self._taken = sum(memory.share(pid) for pid in self._family if psutil.pid_exists(pid))
        machine_is_full = self._taken >= self._large and memory.room() < self._least_room
        return self._taken > self._bound or machine_is_full

    def _end(self) -> None:
        # The process may have been reaped, and its id reused.
        if self._process is None or not self._process.is_running():
            return
        bound, taken = human_bytes(self._bound), human_bytes(self._taken)
        why = f"{bound} were available" if self._taken > self._bound else "the machine's memory was exhausted"
        self.sentence = f"{self._what}: killed at {taken}, {why}. {self._remedy}".strip()
        log.warning("%s", self.sentence)
        kill_family(self._pid)


def _process(pid: int) -> psutil.Process | None:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid)
    return None


def _held(pid: int) -> int:
    with suppress(psutil.NoSuchProcess):
        return memory.held(pid)
    return 0


def family(pid: int) -> list[int]:
    """Return the ids of all descendants of a process. Raises psutil.NoSuchProcess."""
    try:
        with os.scandir(f"/proc/{pid}/task") as tasks:
            started = [child for task in tasks for child in _children(task)]
    except OSError:
        # The kernel lacks these files, or the process has ended: psutil then scans all processes, which is slower.
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return [each for child in started for each in (child, *_family_of_child(child))]


def _children(task: "os.DirEntry[str]") -> list[int]:
    return [int(child) for child in Path(task.path, "children").read_text().split()]


def _family_of_child(pid: int) -> list[int]:
    with suppress(psutil.NoSuchProcess):
        return family(pid)
    return []


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process started in its own session, with everything left in that session, and wait for it."""
    if process.poll() is None:
        # Not after it has ended: its id may have been reused.
        kill_family(process.pid)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_family(pid: int) -> None:
    """Kill a process and its descendants without waiting for them."""
    doomed = [pid]
    with suppress(psutil.NoSuchProcess):
        doomed += family(pid)
    for each in doomed:
        with suppress(ProcessLookupError):
            os.kill(each, 9)
