"""Counts wrong tokens by client, and stops listening to one that tries too many."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 10
"""Different wrong tokens that a client may try ..."""
WITHIN_SECONDS = 60.0
"""... in this time. The same one again, such as a browser's revoked cookie, is no new guess."""

MOST_CLIENTS = 10_000
"""Remembered at once, so that a flood of addresses cannot fill the memory."""


class Guesses:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, dict[str, float]] = OrderedDict()

    def wait_seconds(self, client: str, digest: str) -> float:
        """How long this client has to wait before this token may be looked at; 0: not at all."""
        tried = self._recent(client)
        if len(tried) < MOST or digest in tried:
            return 0.0
        return min(tried.values()) + WITHIN_SECONDS - self._clock()

    def was_wrong(self, client: str, digest: str) -> None:
        """Remember a wrong token."""
        tried = self._recent(client)
        tried.setdefault(digest, self._clock())
        self._wrong[_network(client)] = tried
        self._wrong.move_to_end(_network(client))
        if len(self._wrong) > MOST_CLIENTS:
            self._wrong.popitem(last=False)

    def _recent(self, client: str) -> dict[str, float]:
        since = self._clock() - WITHIN_SECONDS
        return {tried: when for tried, when in self._wrong.get(_network(client), {}).items() if when > since}


def _network(client: str) -> str:
    """An IPv6 host usually owns a whole /64; other addresses stand for themselves."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return client
