"""A rate limit on wrong tokens, by client address."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 10
"""Distinct wrong tokens that a client may send within WITHIN_SECONDS."""
WITHIN_SECONDS = 60.0
"""Length of the sliding window. Repeats of a token count once."""

MOST_CLIENTS = 10_000
"""Clients remembered at once, so that a flood of addresses cannot exhaust memory."""


class TokenRateLimit:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, dict[str, float]] = OrderedDict()

    def wait_seconds(self, client: str, digest: str) -> float:
        """Return the seconds until this client may try again; 0: at once."""
        tried = self._recent(client)
        if len(tried) < MOST or digest in tried:
            return 0.0
        return min(tried.values()) + WITHIN_SECONDS - self._clock()

    def count_wrong(self, client: str, digest: str) -> None:
        """Record a wrong token of a client."""
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
    """Reduce an IPv6 address to its /64, which usually belongs to one host."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return client
