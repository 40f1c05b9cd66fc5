"""One child of the supervisor: its process, and the keeper that starts it again whenever it ends."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from backend.supervisor.guard import Guard, kill_group
from backend.supervisor.output import Output

LOOK_SECONDS = 0.05

MAX_LINE = 1 << 16
"""Bytes kept of a line that does not end."""


@dataclass(frozen=True)
class Command:
    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """On top of the supervisor's own."""


@dataclass(frozen=True)
class Times:
    """In seconds."""

    first_delay: float = 0.5
    longest_delay: float = 10
    steady: float = 60
    """A child that has lived this long is well again: its next death is its first."""
    grace: float = 15
    """Between being asked to end and being made to."""

    def delay(self, deaths: int) -> float:
        """How long to wait before starting a child again that has died `deaths` times in a row before this one."""
        # Beyond the twentieth the delay is the longest anyway, and the power soon too large for a float.
        return min(self.first_delay * float(2 ** min(deaths, 20)), self.longest_delay)


class Process:
    """A started command, leader of a process group of its own: a Ctrl-C in the terminal does not reach it."""

    def __init__(self, command: Command, hear: Callable[[str], None], guard: Guard) -> None:
        """Raises OSError."""
        self._hear, self._guard = hear, guard
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

    async def ended(self) -> int:
        """Wait for the end; what the process started itself is ended with it."""
        while (code := self._popen.poll()) is None:
            await asyncio.sleep(LOOK_SECONDS)
        self._clear_away()
        return code

    async def stop(self, *, grace: float) -> None:
        """Ask it to end, and make it after `grace` seconds."""
        self._popen.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.ended(), grace)
        except TimeoutError:
            self.kill()
            await self.ended()

    def kill(self) -> None:
        if self._popen.poll() is None:
            kill_group(self.pid)

    def _clear_away(self) -> None:
        if self._stdout.closed:
            return
        kill_group(self.pid)
        self._guard.forget(self.pid)
        self._read()
        asyncio.get_running_loop().remove_reader(self._stdout)
        self._stdout.close()
        if self._unfinished:
            self._hear_line(self._unfinished)

    def _read(self) -> None:
        try:
            chunk = os.read(self._stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if not chunk:
            asyncio.get_running_loop().remove_reader(self._stdout)
            return
        *lines, unfinished = (self._unfinished + chunk).split(b"\n")
        # A progress bar writes for long without a line's end; only what it shows last is kept.
        self._unfinished = _shown(unfinished)[-MAX_LINE:]
        for line in lines:
            self._hear_line(line)

    def _hear_line(self, line: bytes) -> None:
        self._hear(_shown(line).decode(errors="replace"))


class Keeper:
    """Keeps one command running."""

    def __init__(self, command: Command, output: Output, guard: Guard, times: Times) -> None:
        self.command = command
        self.deaths = 0
        """In a row, without a steady life in between."""
        self.process: Process | None = None
        self._output, self._guard, self._times = output, guard, times

    async def keep(self) -> None:
        """Start the command, and start it again whenever it ends, later and later while it keeps dying."""
        while True:
            born = time.monotonic()
            how = await self._live()
            if time.monotonic() - born >= self._times.steady:
                self.deaths = 0
            delay = self._times.delay(self.deaths)
            self.deaths += 1
            self._output.say(f"The {self.command.name} {how}; it is started again in {delay:g} s.")
            await asyncio.sleep(delay)

    async def stop(self) -> None:
        """After `keep` was cancelled."""
        if self.process is not None:
            await self.process.stop(grace=self._times.grace)
            self.process = None

    async def _live(self) -> str:
        """One life of the process; says how it ended."""
        try:
            self.process = Process(self.command, self._hear, self._guard)
        except OSError as error:
            return f"cannot be started ({error})"
        code = await self.process.ended()
        self.process = None
        return _how(code)

    def _hear(self, line: str) -> None:
        self._output.hear(self.command.name, line)


def _shown(line: bytes) -> bytes:
    """What a terminal would show of it: a carriage return starts the line anew."""
    return line.rstrip(b"\r").rsplit(b"\r", 1)[-1]


def _how(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit status {code}"
