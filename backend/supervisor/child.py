"""One child of the supervisor: its process, and the keeper that restarts it when it exits."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from backend.supervisor.guard import Guard, kill_group
from backend.supervisor.output import Output

POLL_SECONDS = 0.05

MAX_LINE = 1 << 16
"""Bytes kept of an unfinished line."""


@dataclass(frozen=True)
class Command:
    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the supervisor's environment."""


@dataclass(frozen=True)
class Times:
    """Restart delays and grace periods, in seconds."""

    first_delay: float = 0.5
    longest_delay: float = 10
    steady: float = 60
    """After running this long a child counts as healthy: its restart delay starts over."""
    grace: float = 15
    """Between SIGTERM and SIGKILL."""
    killed: float = 5
    """Between SIGKILL and giving up on the process."""

    def delay(self, consecutive_exits: int) -> float:
        """Return the seconds before the next start of a child after that many exits without a steady run."""
        # Beyond the twentieth the delay is the longest anyway, and the power soon too large for a float.
        return min(self.first_delay * float(2 ** min(consecutive_exits, 20)), self.longest_delay)


class Process:
    """A started command in a process group of its own, so that a Ctrl-C in the terminal does not reach it."""

    def __init__(self, command: Command, on_line: Callable[[str], None], guard: Guard) -> None:
        """Raises OSError."""
        self._on_line, self._guard = on_line, guard
        self._popen = subprocess.Popen(
            command.argv,
            env={**os.environ, **command.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        guard.watch(self.pid)
        self._unfinished = b""
        assert self._popen.stdout is not None
        self._stdout = self._popen.stdout
        os.set_blocking(self._stdout.fileno(), False)
        asyncio.get_running_loop().add_reader(self._stdout, self._read)

    @property
    def pid(self) -> int:
        return self._popen.pid

    async def wait(self) -> int:
        """Wait for the process to exit, then kill what it started; return its exit code."""
        while (code := self._popen.poll()) is None:
            await asyncio.sleep(POLL_SECONDS)
        self._clean_up()
        return code

    async def stop(self, *, grace: float, killed: float) -> bool:
        """Send SIGTERM, and SIGKILL after `grace` seconds.

        Returns whether it has exited; False `killed` seconds after SIGKILL, which a process that is blocked in the
        kernel, such as by a lost network file system, receives only when that call returns.
        """
        self._popen.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.wait(), grace)
        except TimeoutError:
            self.kill()
        else:
            return True
        try:
            await asyncio.wait_for(self.wait(), killed)
        except TimeoutError:
            # Not forgotten by the guard, which tries again when the supervisor has ended.
            self._close_output()
            return False
        return True

    def kill(self) -> None:
        if self._popen.poll() is None:
            kill_group(self.pid)

    def _clean_up(self) -> None:
        if self._stdout.closed:
            return
        kill_group(self.pid)
        self._guard.forget(self.pid)
        self._close_output()

    def _close_output(self) -> None:
        self._read()
        asyncio.get_running_loop().remove_reader(self._stdout)
        self._stdout.close()
        if self._unfinished:
            self._emit(self._unfinished)

    def _read(self) -> None:
        try:
            chunk = os.read(self._stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if not chunk:
            asyncio.get_running_loop().remove_reader(self._stdout)
            return
        *lines, unfinished = (self._unfinished + chunk).split(b"\n")
        # A progress bar writes for long without a newline; only what it shows last is kept.
        self._unfinished = _shown(unfinished)[-MAX_LINE:]
        for line in lines:
            self._emit(line)

    def _emit(self, line: bytes) -> None:
        self._on_line(_shown(line).decode(errors="replace"))


class Keeper:
    """Keeps one command running."""

    def __init__(self, command: Command, output: Output, guard: Guard, times: Times) -> None:
        self.command = command
        self.consecutive_exits = 0
        """Exits without a steady run in between."""
        self.process: Process | None = None
        self._output, self._guard, self._times = output, guard, times

    async def keep(self) -> None:
        """Start the command and restart it whenever it exits, with exponential backoff."""
        while True:
            started = time.monotonic()
            outcome = await self._run()
            if time.monotonic() - started >= self._times.steady:
                self.consecutive_exits = 0
            delay = self._times.delay(self.consecutive_exits)
            self.consecutive_exits += 1
            self._output.say(f"The {self.command.name} {outcome}; restarting in {delay:g} s.")
            await asyncio.sleep(delay)

    async def stop(self) -> None:
        """After `keep` was cancelled."""
        if self.process is not None:
            if not await self.process.stop(grace=self._times.grace, killed=self._times.killed):
                self._output.say(f"The {self.command.name} (process {self.process.pid}) does not end after SIGKILL.")
            self.process = None

    async def _run(self) -> str:
        """Run the command once; return how it ended, in words."""
        try:
            self.process = Process(self.command, self._log, self._guard)
        except OSError as error:
            return f"cannot be started ({error})"
        code = await self.process.wait()
        self.process = None
        return _outcome(code)

    def _log(self, line: str) -> None:
        self._output.log_line(self.command.name, line)


def _shown(line: bytes) -> bytes:
    """Return what a terminal would show of a line: a carriage return overwrites what came before."""
    return line.rstrip(b"\r").rsplit(b"\r", 1)[-1]


def _outcome(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"exited with status {code}"
