"""How many connections there are, whose they are, and which of them has to go.

A process may hold only so many descriptors. Without a bound of its own, a thousand clients that connect and say nothing
(a port scan does) would take them all, and nobody would be answered, not even the check of the lab's health.
"""

import resource
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

BACKLOG = 64
"""Connections that the event loop accepts at once, before any of them can be refused."""

OTHER_DESCRIPTORS = 6 * BACKLOG
"""For the database, files and logs, and for connections that are on their way in or out."""

MOST_DESCRIPTORS = 8192


@dataclass(frozen=True)
class Limits:
    together: int
    each: int
    """From one address."""
    spare: int = 16
    """On top of all, for whoever asks whether the lab is well."""
    head_seconds: float = 20
    """From the beginning of a connection, or of a request, to the end of its headers."""
    body_seconds: float = 30
    body_bytes: int = 16 << 10
    """What has to come of a body in each `body_seconds` until it is whole. There is no bound on the whole time: a slow
    upload of gigabytes is an honest one."""
    answer_seconds: float = 60
    """How long a client may take nothing of an answer."""


def limits_for(descriptors: int) -> Limits:
    """Each connection may hold two: its own and the file that it is sent."""
    together = min(1000, max(32, (descriptors - OTHER_DESCRIPTORS) // 2))
    return Limits(together=together, each=together // 4)


def raise_descriptors() -> int:
    """The soft limit of this process as high as it may be, and is of use. Gives what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


class Seat(Enum):
    USUAL = "usual"
    SPARE = "spare"
    """Only to ask whether the lab is well."""


class Connection(Protocol):
    @property
    def address(self) -> str: ...

    @property
    def waits(self) -> bool:
        """Whether it has asked for nothing, and taken all that it was answered."""
        ...

    def look(self, now: float) -> None:
        """End it if its client has been waited for too long."""
        ...

    def drop(self) -> None: ...


class Connections:
    def __init__(self, limits: Limits, *, is_shared: Callable[[str], bool] = lambda _: False) -> None:
        """`is_shared`: whether many clients have this address, so that `limits.each` does not hold for it."""
        self.limits = limits
        self._is_shared = is_shared
        # In the order in which they came, or were last answered. A dict without values: sets know no order.
        self._all: dict[Connection, None] = {}
        self._from: dict[str, dict[Connection, None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def look(self, now: float) -> None:
        for each in list(self._all):
            each.look(now)

    def authenticate(self, newcomer: Connection) -> Seat | None:
        """Where there is no room, the one that has waited longest goes; those that are being answered stay. None: the
        newcomer has to go itself."""
        seat: Seat | None = Seat.USUAL
        peers = self._from.get(newcomer.address, {})
        if len(peers) >= self.limits.each and not self._is_shared(newcomer.address):
            seat = seat if _drop_longest_waiting(peers) else None
        elif len(self._all) >= self.limits.together and not _drop_longest_waiting(self._all):
            seat = Seat.SPARE if len(self._all) < self.limits.together + self.limits.spare else None
        if seat is not None:
            self._all[newcomer] = peers[newcomer] = None
            self._from[newcomer.address] = peers
        return seat

    def begins_to_wait(self, connection: Connection) -> None:
        """It has been answered: those that say nothing have waited longer."""
        for those in (self._all, self._from.get(connection.address, {})):
            if connection in those:
                del those[connection]
                those[connection] = None

    def forget(self, connection: Connection) -> None:
        """It has gone, or goes. Once more does no harm."""
        self._all.pop(connection, None)
        peers = self._from.get(connection.address, {})
        peers.pop(connection, None)
        if not peers:
            self._from.pop(connection.address, None)


def _drop_longest_waiting(connections: dict[Connection, None]) -> bool:
    """Whether there was one to drop."""
    longest = next((each for each in connections if each.waits), None)
    if longest is None:
        return False
    longest.drop()
    return True
