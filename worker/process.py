"""A slot's handle on a trainer process: start it in advance, assign an attempt, read its outcome."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from worker import memory
from worker.messages import Assignment, Outcome
from worker.watchdog import Watchdog

OUT_OF_MEMORY = "out of memory: killed by the system"

REMEDY = "Reduce the image size or batch_size, or use a smaller network."


class TrainerDied(Exception):
    """Raised when a trainer ends without an outcome."""

    def __init__(self, reason: str, *, out_of_memory: bool = False) -> None:
        """`out_of_memory`: whether that is why, and a retry would fail too."""
        super().__init__(reason)
        self.out_of_memory = out_of_memory


class TrainerProcess:
    """A running `python -m worker.trainer`, which imports torch and then waits for its attempt.

    Its stdin detects the death of the slot: when the slot's process ends, the trainer reads end-of-file and exits.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "worker.trainer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        self._watchdog: Watchdog | None = None
        self._kills = 0

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
        """Send the attempt. A trainer that has died meanwhile is noticed by `outcome`."""
        assert self._process.stdin is not None
        self._begin_watching()
        try:
            self._process.stdin.write(assignment.model_dump_json().encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass

    def outcome(self, *, timeout: float) -> Outcome | None:
        """Return how the attempt ended; None if it has not within `timeout` seconds. Raises TrainerDied."""
        stdout = self._process.stdout
        assert stdout is not None
        if not select.select([stdout], [], [], timeout)[0]:
            return None
        line = stdout.readline()
        if not line:  # end of file: it died without an outcome
            raise self._death(self._process.wait())
        try:
            return Outcome.model_validate_json(line)
        except ValidationError as error:
            raise TrainerDied(f"the trainer process wrote {line[:100]!r} instead of its outcome") from error

    def ask_to_stop(self) -> None:
        """Ask the trainer to stop after the current batch."""
        if self.alive:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the trainer and wait for it."""
        if self._watchdog is not None:
            self._watchdog.stop()
        if self.alive:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _begin_watching(self) -> None:
        self._kills = memory.kills()
        self._watchdog = Watchdog(self._process.pid, "out of memory", remedy=REMEDY)
        self._watchdog.start()

    def _death(self, returncode: int) -> TrainerDied:
        """Return why the trainer died, as far as there is evidence."""
        assert self._watchdog is not None
        self._watchdog.stop()
        if self._watchdog.sentence is not None:
            return TrainerDied(self._watchdog.sentence, out_of_memory=True)
        if returncode == -signal.SIGKILL and (memory.kills() > self._kills or self._watchdog.near):
            return TrainerDied(OUT_OF_MEMORY, out_of_memory=True)
        return TrainerDied(f"the trainer process {ended(returncode)}")


def ended(returncode: int, *, out_of_memory: bool = False) -> str:
    """Describe how a process ended, to follow its name in a sentence. `out_of_memory`: whether that is why."""
    if out_of_memory:
        return f"ran {OUT_OF_MEMORY}"
    if returncode < 0:
        return f"was killed by {signal.Signals(-returncode).name}"
    return f"ended with exit status {returncode}"
