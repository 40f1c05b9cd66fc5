"""What is killed: each kind of process in turn, at random moments."""

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.lab import Lab

PAUSE_SECONDS = (3.0, 9.0)
"""Between two kills; the next falls on a random moment in between."""


@dataclass(frozen=True)
class Kind:
    name: str
    victims: Callable[[Lab], list[psutil.Process]]
    afterwards: Callable[[Path], None] = lambda _home: None


def _trainer(lab: Lab) -> list[psutil.Process]:
    """Of the trainers, one trains and one stands by: the older one is at work."""
    trainers = lab.processes("-m worker.trainer")
    return sorted(trainers, key=lambda process: process.create_time())[:1]


def _worker(lab: Lab) -> list[psutil.Process]:
    return lab.processes("-m worker serve")


def _backend(lab: Lab) -> list[psutil.Process]:
    return [process for process in lab.processes("-m backend") if process.cmdline()[-1] == "backend"]


def _broker(lab: Lab) -> list[psutil.Process]:
    return lab.processes("unixsocket")


def _wipe(home: Path) -> None:
    """Every message that waited is gone with the broker."""
    shutil.rmtree(home / "broker" / "appendonlydir", ignore_errors=True)


KINDS = (Kind("trainer", _trainer), Kind("worker", _worker), Kind("backend", _backend), Kind("broker", _broker, _wipe))


class Killer:
    """Each round kills one of every kind, in random order."""

    def __init__(self, lab: Lab, home: Path, dice: random.Random) -> None:
        self._lab, self._home, self._dice = lab, home, dice
        self._round: list[Kind] = []
        self._next_at = time.monotonic() + dice.uniform(*PAUSE_SECONDS)
        self.killed: Counter[str] = Counter()

    def step(self) -> None:
        """Kill the next, where its moment has come and there is one."""
        if time.monotonic() < self._next_at:
            return
        if not self._round:
            self._round = self._dice.sample(KINDS, len(KINDS))
        kind = self._round[-1]
        # Between a death and the supervisor's restart there is none of the kind: its turn waits.
        with suppress(psutil.NoSuchProcess):
            if victims := kind.victims(self._lab):
                for victim in victims:
                    victim.kill()
                kind.afterwards(self._home)
                self.killed[kind.name] += 1
                self._round.pop()
                self._next_at = time.monotonic() + self._dice.uniform(*PAUSE_SECONDS)
