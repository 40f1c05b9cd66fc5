"""Connection limits, in total and per address, and which idle connection is closed when they are reached.

A process has a limited number of file descriptors. Without a limit on connections, a thousand silent clients (such as a
port scan) would exhaust them, and no request would be answered, not even health checks.
"""

import resource
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

BACKLOG = 64
"""Connections that the event loop accepts at once, before any can be refused."""

OTHER_DESCRIPTORS = 6 * BACKLOG
"""Descriptors reserved for the database, files, logs and connections being opened or closed."""

MOST_DESCRIPTORS = 8192


@dataclass(frozen=True)
class Limits:
    total: int
    per_address: int
    spare: int = 16
    """Connections beyond `total` that are served health checks only."""
    head_seconds: float = 20
    """From the start of a connection or request to the end of its headers."""
    body_seconds: float = 30
    body_bytes: int = 16 << 10
    """Bytes of a body that must arrive in each `body_seconds`. The total time is unlimited: a slow upload of gigabytes
    is legitimate."""
    answer_seconds: float = 60
    """How long a client may read nothing of a response."""


def limits_for(descriptors: int) -> Limits:
    """Return limits for a number of descriptors. A connection may need two: its socket and the file it is sent."""
    total = min(1000, max(32, (descriptors - OTHER_DESCRIPTORS) // 2))
    return Limits(total=total, per_address=total // 4)


def raise_descriptors() -> int:
    """Raise this process's soft limit on descriptors as far as allowed and useful; return the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


class Admission(Enum):
    FULL = "full"
    HEALTH_ONLY = "health only"


class Connection(Protocol):
    @property
    def address(self) -> str: ...

    @property
    def is_idle(self) -> bool:
        """Whether it has no request in progress and has read all responses."""
        ...

    def check_timeouts(self, now: float) -> None:
        """Close the connection if a timeout has expired at `now` (event loop time, in seconds)."""
        ...

    def drop(self) -> None: ...


class Connections:
    def __init__(self, limits: Limits, *, is_shared: Callable[[str], bool] = lambda _: False) -> None:
        """`is_shared`: whether many clients share an address, so that `limits.per_address` does not apply."""
        self.limits = limits
        self._is_shared = is_shared
        # Ordered by when they were opened or last became idle. A dict without values, since sets are unordered.
        self._all: dict[Connection, None] = {}
        self._from: dict[str, dict[Connection, None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def check_timeouts(self, now: float) -> None:
        for each in list(self._all):
            each.check_timeouts(now)

    def admit(self, newcomer: Connection) -> Admission | None:
        """Admit a connection. At the limit the longest idle one is closed, never one with a request in progress. None:
        the newcomer is refused."""
        admission: Admission | None = Admission.FULL
        peers = self._from.get(newcomer.address, {})
        if len(peers) >= self.limits.per_address and not self._is_shared(newcomer.address):
            admission = admission if _drop_longest_idle(peers) else None
        elif len(self._all) >= self.limits.total and not _drop_longest_idle(self._all):
            admission = Admission.HEALTH_ONLY if len(self._all) < self.limits.total + self.limits.spare else None
        if admission is not None:
            self._all[newcomer] = peers[newcomer] = None
            self._from[newcomer.address] = peers
        return admission

    def mark_idle(self, connection: Connection) -> None:
        """Move a connection whose request has ended behind those that were idle before."""
        for those in (self._all, self._from.get(connection.address, {})):
            if connection in those:
                del those[connection]
                those[connection] = None

    def remove(self, connection: Connection) -> None:
        """Stop counting a closed or closing connection. Idempotent."""
        self._all.pop(connection, None)
        peers = self._from.get(connection.address, {})
        peers.pop(connection, None)
        if not peers:
            self._from.pop(connection.address, None)


def _drop_longest_idle(connections: dict[Connection, None]) -> bool:
    """Return whether there was an idle connection to drop."""
    longest = next((each for each in connections if each.is_idle), None)
    if longest is None:
        return False
    longest.drop()
    return True
