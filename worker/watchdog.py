"""Ends a process, with all that it has started, before it takes the machine's memory: foreign code has no bound of its
own, and the kernel's choice of whom to end may be the database."""

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

from worker import memory

log = logging.getLogger(__name__)

FASTEST = 4 * 2**30
"""Bytes a second at which a process can fill memory, about: how soon the next look has to be follows from it."""

SOONEST_SECONDS, LATEST_SECONDS = 0.02, 0.5

LARGE_SHARE = 0.2
"""A process that holds this share of all memory is ended when the machine runs out, also below its own bound."""

SMALL_SHARE = 0.75
"""Of what is free: given to a process on a machine where the reserve would leave less."""

NEAR_SHARE = 0.9
"""Of its bound: who dies there has died of it, most likely."""


class Watchdog:
    """Watches a process and its descendants from a thread of its own.

    The bound is what they hold at the beginning and what is free then, less the lab's reserve; `sentence` says what was
    done, once it was.
    """

    def __init__(self, pid: int, what: str, *, bound: int | None = None, remedy: str = "") -> None:
        """`what` begins the sentence: a plugin's name, `the import`. `bound`: bytes."""
        self._pid, self._what, self._remedy = pid, what, remedy
        self._process = _process(pid)
        room, reserve = memory.room(), memory.reserve()
        self._least_room, self._large = min(reserve, room) // 4, int(memory.capacity() * LARGE_SHARE)
        self._family: list[int] = [pid]
        # Where little is free a large part of it is given all the same: many a small run fits.
        self._bound = bound if bound is not None else _held(pid) + max(room - reserve, int(room * SMALL_SHARE))
        self._taken = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"watchdog of {pid}", daemon=True)
        self.sentence: str | None = None

    @property
    def near(self) -> bool:
        """Whether the process was close to its bound when it was last seen."""
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
                return  # it has gone
            left = max(0, min(self._bound - self._taken, memory.room()))
            pause = min(max(left / FASTEST, SOONEST_SECONDS), LATEST_SECONDS)

    def _held_by_all(self) -> int:
        """Raises psutil.NoSuchProcess when the first is gone."""
        whole = memory.held(self._pid)
        for pid in self._family[1:]:
            with suppress(psutil.NoSuchProcess):
                whole += memory.held(pid)
        return whole

    def _is_too_much(self) -> bool:
        if self._taken > self._bound and len(self._family) > 1:
            # What a fork shares with its parent was counted for both.
            self._taken = sum(memory.share(pid) for pid in self._family if psutil.pid_exists(pid))
        machine_is_full = self._taken >= self._large and memory.room() < self._least_room
        return self._taken > self._bound or machine_is_full

    def _end(self) -> None:
        # Somebody may have waited for it by now, and its number may be another process's.
        if self._process is None or not self._process.is_running():
            return
        bound, taken = memory.in_words(self._bound), memory.in_words(self._taken)
        why = f"{bound} of memory were free for it" if self._taken > self._bound else "the machine's memory was used up"
        self.sentence = f"{self._what}: ended at {taken}: {why}. {self._remedy}".strip()
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
    """The processes that it has started, and those that they have. Raises psutil.NoSuchProcess."""
    try:
        with os.scandir(f"/proc/{pid}/task") as tasks:
            started = [child for task in tasks for child in _children(task)]
    except OSError:
        # A kernel without these files, or a process that has gone: psutil walks over all processes of the machine.
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return [each for child in started for each in (child, *_family_of_child(child))]


def _children(task: "os.DirEntry[str]") -> list[int]:
    return [int(child) for child in Path(task.path, "children").read_text().split()]


def _family_of_child(pid: int) -> list[int]:
    with suppress(psutil.NoSuchProcess):
        return family(pid)
    return []


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """End a process that began a session of its own, and all that is left of what it has started; waits for it."""
    if process.poll() is None:
        # One that has ended is not looked up by its number, which may be another's by now.
        kill_family(process.pid)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_family(pid: int) -> None:
    """End the process and all that it has started; does not wait."""
    doomed = [pid]
    with suppress(psutil.NoSuchProcess):
        doomed += family(pid)
    for each in doomed:
        with suppress(ProcessLookupError):
            os.kill(each, 9)
