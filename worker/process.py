"""The slot's handle on a trainer process: start it ahead, give it an attempt, hear how it ended."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from worker.messages import Assignment, Outcome


class TrainerDied(Exception):
    """The process ended without saying how."""


class TrainerProcess:
    """A started `python -m worker.trainer`: it imports torch and then waits for its attempt.

    The pipe to its stdin is its lifeline: when the slot's process ends, however it ends, the trainer reads the end of
    the file and goes too.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "worker.trainer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def begin(self, assignment: Assignment) -> None:
        """Hand it the attempt. One that has died meanwhile is noticed by `outcome`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(assignment.model_dump_json().encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass

    def outcome(self, *, timeout: float) -> Outcome | None:
        """How the attempt ended, or None when it has not after `timeout` seconds. Raises TrainerDied."""
        stdout = self._process.stdout
        assert stdout is not None
        if not select.select([stdout], [], [], timeout)[0]:
            return None
        line = stdout.readline()
        if not line:
            raise TrainerDied(f"the trainer process {ended(self._process.wait())}")
        try:
            return Outcome.model_validate_json(line)
        except ValidationError as error:
            raise TrainerDied(f"the trainer process said {line[:100]!r} instead of how it ended") from error

    def ask_to_stop(self) -> None:
        """It stops at the next batch edge and says so."""
        if self.alive:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if self.alive:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def ended(returncode: int) -> str:
    """How a process ended, as the rest of a sentence about it."""
    if returncode < 0:
        name = signal.Signals(-returncode).name
        hint = " (out of memory, perhaps)" if name == "SIGKILL" else ""
        return f"was ended by {name}{hint}"
    return f"ended with exit status {returncode}"
