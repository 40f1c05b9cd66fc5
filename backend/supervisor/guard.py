"""Outlives a supervisor that is killed, and ends the processes that it would leave behind.

A supervisor that ends in order ends its children itself. One that is killed cannot; but then the pipe to its guard's
stdin closes. That works wherever there are pipes, and for a child's children too. The guard also holds the lock on the
lab's home until everything is gone, so that a new start cannot meet the old broker on its files.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 15.0
LOOK_SECONDS = 0.05


class Guard:
    """The supervisor's handle on its guard process."""

    def __init__(self, *, holding: int) -> None:
        """`holding`: the descriptor of the locked file."""
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
        """From now on, end this process group when the supervisor is gone."""
        self._tell(leader)

    def forget(self, leader: int) -> None:
        self._tell(-leader)

    def close(self) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, number: int) -> None:
        assert self._process.stdin is not None
        # A guard that was killed is missed, but no reason to stop what it would have guarded.
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{number}\n".encode())
            self._process.stdin.flush()


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Sent to everybody at once by terminals and service managers; the guard goes last.
        signal.signal(each, signal.SIG_IGN)
    leaders: set[int] = set()
    for line in sys.stdin:
        number = int(line)
        if number > 0:
            leaders.add(number)
        else:
            leaders.discard(-number)
    end(leaders)


def end(leaders: Iterable[int], *, grace: float = GRACE_SECONDS) -> None:
    """Ask every group's leader to end; kill what is left of the groups."""
    leaders = list(leaders)
    deadline = time.monotonic() + grace
    for leader in leaders:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(leader, signal.SIGTERM)
    while any(map(_is_there, leaders)) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)  # they are no children of this process: there is nothing to wait on
    for leader in leaders:
        kill_group(leader)


def kill_group(leader: int) -> None:
    """End the group at once, whatever is left of it."""
    # PermissionError: macOS gives it for a group of which only zombies are left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
