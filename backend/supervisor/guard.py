"""A guard process outlives a supervisor that is killed, and stops the processes that it leaves behind.

A supervisor that shuts down stops its children itself. One that is killed cannot, but then the pipe to its guard's
stdin closes. That works on every system, and for a child's children too. The guard also holds the lock on the lab's
home until all of them are gone, so that a restart cannot meet the old broker on its files.
"""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 15.0
EXIT_SECONDS = 2.0
"""How long a closed guard may take that has nothing to stop."""

POLL_SECONDS = 0.05


class Guard:
    """The supervisor's handle on its guard process."""

    def __init__(self, *, holding: int) -> None:
        """`holding` is the descriptor of the locked file."""
        self._process = subprocess.Popen(
            # This file needs the standard library only, so the guard can be a bare Python: quick and small.
            [sys.executable, "-I", "-S", str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[holding],
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def watch(self, leader: int) -> None:
        """Stop this process group when the supervisor is gone."""
        self._send(leader)

    def forget(self, leader: int) -> None:
        self._send(-leader)

    def close(self) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        # Still running if a process survives SIGKILL: the lock is released only when that process has ended.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(EXIT_SECONDS)

    def _send(self, number: int) -> None:
        assert self._process.stdin is not None
        # A guard that was killed is no reason to stop what it guarded.
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{number}\n".encode())
            self._process.stdin.flush()


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Terminals and service managers send these to all processes at once; the guard exits last.
        signal.signal(each, signal.SIG_IGN)
    leaders: set[int] = set()
    for line in sys.stdin:
        number = int(line)
        if number > 0:
            leaders.add(number)
        else:
            leaders.discard(-number)
    stop_groups(leaders)


def stop_groups(leaders: Iterable[int], *, grace: float = GRACE_SECONDS) -> None:
    """Send SIGTERM to every group's leader, and SIGKILL to what is left of the groups after `grace` seconds.

    Returns when no leader exists. One that is blocked in the kernel receives SIGKILL only when its call returns.
    """
    leaders = list(leaders)
    deadline = time.monotonic() + grace
    for leader in leaders:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(leader, signal.SIGTERM)
    _wait(leaders, deadline)
    for leader in leaders:
        kill_group(leader)
    _wait(leaders)


def kill_group(leader: int) -> None:
    """Send SIGKILL to the whole group."""
    # PermissionError: macOS gives it for a group of which only zombies are left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _wait(leaders: Iterable[int], deadline: float = math.inf) -> None:
    """Wait until no leader exists, or until the deadline."""
    while any(map(_exists, leaders)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)  # not children of this process: there is nothing to wait on


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
