"""Kills of each kind of process in turn, at random times."""

import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from skiplab.contract.lifecycle import MAX_CRASHES
from tests.lab import Lab

PAUSE_SECONDS = (3.0, 15.0)
"""Bounds of the random time to the next kill, in seconds."""

RECOVERED = 0.75
"""Share of kills that wait until every process is up; the others happen during recovery."""


@dataclass(frozen=True)
class Kind:
    name: str
    victims: Callable[[Lab], list[psutil.Process]]
    table: str = ""
    """Where the crashes of such a process are counted."""
    afterwards: Callable[[Path], None] = lambda _home: None


def _trainer(lab: Lab) -> list[psutil.Process]:
    """Return the trainer at work: of the two, the newer one is a standby."""
    trainers = lab.processes("-m worker.trainer")
    return sorted(trainers, key=lambda process: process.create_time())[:1]


def _worker(lab: Lab) -> list[psutil.Process]:
    return lab.processes("-m worker serve")


def _backend(lab: Lab) -> list[psutil.Process]:
    return [process for process in lab.processes("-m backend") if process.cmdline()[-1] == "backend"]


def _broker(lab: Lab) -> list[psutil.Process]:
    return lab.processes("unixsocket")


def _wipe(home: Path) -> None:
    """Queued messages are lost with the broker."""
    shutil.rmtree(home / "broker" / "appendonlydir", ignore_errors=True)


def _errand(lab: Lab) -> list[psutil.Process]:
    return lab.processes("-m worker errand")


TRAINER = Kind("trainer", _trainer, table="run")
ERRAND = Kind("errand", _errand, table="errand")
"""Not part of the rounds, since an errand's process lives only for seconds."""

ERRAND_SHARE = 0.02
"""Probability of killing an errand's process when one exists."""

KINDS = (TRAINER, Kind("worker", _worker), Kind("backend", _backend), Kind("broker", _broker, afterwards=_wipe))


class Killer:
    """Each round kills one of every kind, in random order."""

    def __init__(self, lab: Lab, home: Path, dice: random.Random) -> None:
        self._lab, self._home, self._dice = lab, home, dice
        self._round: list[Kind] = []
        self._next_at: float | None = None
        self.killed: Counter[str] = Counter()

    @property
    def has_killed_all(self) -> bool:
        """At least one of every kind: on a busy machine a round takes longer than a minute."""
        return all(self.killed[kind.name] for kind in KINDS)

    def step(self) -> None:
        """Kill the next process if it is due, and occasionally an errand's."""
        if self._dice.random() < ERRAND_SHARE:
            self._kill(ERRAND)
        if self._next_at is None:
            if all(_victims(kind, self._lab) for kind in KINDS):
                self._next_at = self._after_a_pause()
            return
        if time.monotonic() < self._next_at:
            return
        if not self._round:
            self._round = self._dice.sample(KINDS, len(KINDS))
        if self._kill(self._round[-1]):
            self._round.pop()
            patient = self._dice.random() < RECOVERED
            self._next_at = None if patient else self._after_a_pause()

    def _kill(self, kind: Kind) -> bool:
        """Return whether there was a process to kill: between a death and its restart there is none."""
        if kind.table and _crashes(self._home, kind.table) >= MAX_CRASHES - 1:
            return False  # by rule, one crash more would rightly fail what crashed
        victims = _victims(kind, self._lab)
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        if victims:
            kind.afterwards(self._home)
            self.killed[kind.name] += 1
        return bool(victims)

    def _after_a_pause(self) -> float:
        return time.monotonic() + self._dice.uniform(*PAUSE_SECONDS)


def _crashes(home: Path, table: str) -> int:
    """Largest number of crashes in a row of any run or errand."""
    with closing(sqlite3.connect(home / "skiplab.db", timeout=30)) as database:
        most = f"SELECT coalesce(max(crashes), 0) FROM {table} WHERE status IN ('queued', 'waiting', 'running')"
        return int(database.execute(most).fetchone()[0])


def _victims(kind: Kind, lab: Lab) -> list[psutil.Process]:
    try:
        return kind.victims(lab)
    except psutil.NoSuchProcess:
        return []
