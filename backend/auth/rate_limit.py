"""A rate limit on wrong tokens, by client address."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 10
"""Different wrong tokens that a client may send ..."""
WITHIN_SECONDS = 60.0
"""... in this time. The same token again counts once."""

MOST_CLIENTS = 10_000
"""Remembered at once, so that a flood of addresses cannot fill the memory."""


class TokenRateLimit:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, dict[str, float]] = OrderedDict()

    def wait_seconds(self, client: str, digest: str) -> float:
        """Return for how many seconds this client is refused; 0: it is not."""
        tried = self._recent(client)
        if len(tried) < MOST or digest in tried:
            return 0.0
        return min(tried.values()) + WITHIN_SECONDS - self._clock()

    def count_wrong(self, client: str, digest: str) -> None:
        """Count a wrong token."""
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
