"""A supervisor with real child processes: small scripts, and times short enough for tests."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil

from backend.broker import Broker
from backend.supervisor.child import Command, Times
from backend.supervisor.guard import Guard
from backend.supervisor.lab import Lab, Readiness, Supervisor, Work
from backend.supervisor.output import Output
from tests.lab import until

QUICK = Times(first_delay=0.01, longest_delay=0.04, steady=60, grace=10)

NO_BROKER = Broker(url="redis://somewhere-else")


def script(name: str, text: str, *arguments: object) -> Command:
    """A child that is a few lines of Python."""
    return Command(name, (sys.executable, "-I", "-S", "-u", "-c", text, *map(str, arguments)))


def born_and_staying(name: str, births: Path) -> Command:
    """A child that writes its pid to a file and keeps running."""
    return script(name, NOTE_BIRTH + STAY, births)


STAY = "import signal; signal.pause()"

NOTE_BIRTH = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n');"


def pids(births: Path) -> list[int]:
    return [int(line) for line in births.read_text().splitlines()] if births.exists() else []


def is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def all_go(expected: list[int]) -> bool:
    """Wait until a killed process is gone."""
    return bool(expected) and bool(until(lambda: all(map(is_gone, expected)), bool, 10))


class Bench:
    """Supervise scripts, and record the output."""

    def __init__(self, folder: Path) -> None:
        self.shown: list[str] = []
        self.log = folder / "logs" / "skiplab.log"
        self.output = Output(self.log, self.shown.append)
        self._lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
        self.guard = Guard(holding=self._lock)

    def supervise(
        self,
        *commands: Command,
        work: Work | None = None,
        readiness: Callable[[], Awaitable[Readiness]] | None = None,
        times: Times = QUICK,
        broker: Broker = NO_BROKER,
    ) -> int:
        lab = Lab(broker, commands, readiness or ready)
        supervisor = Supervisor(lab, self.output, self.guard, times)
        return asyncio.run(asyncio.wait_for(supervisor.supervise(work or until_stopped), 60))

    def close(self) -> None:
        self.guard.close()
        self.output.close()
        os.close(self._lock)


async def ready() -> Readiness:
    return Readiness()


async def until_stopped() -> int:
    await asyncio.Event().wait()
    return 0


async def holds(wanted: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(30):
        while not wanted():
            await asyncio.sleep(0.01)


def when(wanted: Callable[[], bool], *, then: Callable[[], object] = lambda: None, status: int = 0) -> Work:
    """Work that waits for a condition, acts, and returns."""

    async def work() -> int:
        await holds(wanted)
        then()
        return status

    return work
