"""Hold many event streams open, and measure how long events take from their commit to each of them.

    python -m benchmarks.store.listeners URL COUNT

Prints `ready` once all are connected. Then reads a line of JSON from its standard input, the `commits` of `paced.py`;
waits until the last one has reached everybody, and prints `Heard` as a line of JSON.
"""

import asyncio
import json
import sys
from bisect import bisect_left
from dataclasses import asdict, dataclass
from functools import partial
from statistics import median, quantiles
from urllib.parse import urlsplit

WITHIN_SECONDS = 60
CONNECTING = 50
"""Connections that are opened at once; the server's backlog is little longer."""

ID, END = b"\nid: ", b"\n\n"
"""Within an event and at its end. Each begins a line: the stream has a chunk's length or an event's end before it."""


@dataclass(frozen=True)
class Heard:
    fewest: int  # events that a listener received
    most: int
    delay_ms: float  # median over commits and listeners
    delay_p95_ms: float


class Listener(asyncio.Protocol):
    """One stream. Parses no more than needed: it shares the machine with what it measures."""

    def __init__(self) -> None:
        self.events = 0
        self.newest: list[int] = []
        """The newest id of each piece of data, and in `at` when it arrived."""
        self.at: list[float] = []
        loop = asyncio.get_running_loop()
        self.connected: asyncio.Future[None] = loop.create_future()
        self._time = loop.time  # that of `time.monotonic`
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        if not self.connected.done():
            assert data.startswith(b"HTTP/1.1 200"), data
            self.connected.set_result(None)
        data = self._rest + data
        end = data.rfind(END) + 1
        self._rest = data[end:]
        if found := data.count(ID, 0, end):
            self.events += found
            start = data.rfind(ID, 0, end) + len(ID)
            self.newest.append(int(data[start : data.index(b"\n", start)]))
            self.at.append(self._time())

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.connected.done():
            self.connected.set_exception(exc or ConnectionError("closed before a response"))

    def delays(self, commits: list[tuple[int, float]]) -> list[float]:
        """Return the seconds from each commit to the arrival of its newest event."""
        return [self.at[bisect_left(self.newest, event_id)] - at for event_id, at in commits]


async def listen(url: str, count: int) -> Heard:
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or 80
    request = f"GET /api/v1/events HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    listeners: list[Listener] = []
    for first in range(0, count, CONNECTING):
        some = [Listener() for _ in range(first, min(first + CONNECTING, count))]
        for listener in some:
            transport, _ = await loop.create_connection(partial(_same, listener), host, port)
            transport.write(request)
        await asyncio.wait_for(asyncio.gather(*(listener.connected for listener in some)), WITHIN_SECONDS)
        listeners += some
    print("ready", flush=True)
    commits: list[tuple[int, float]] = json.loads(await asyncio.to_thread(sys.stdin.readline))
    async with asyncio.timeout(WITHIN_SECONDS):
        await _all_reach(listeners, commits[-1][0])
    counts = [listener.events for listener in listeners]
    delays = [delay for listener in listeners for delay in listener.delays(commits)]
    return Heard(min(counts), max(counts), 1000 * median(delays), 1000 * quantiles(delays, n=20)[-1])


def _same(listener: Listener) -> Listener:
    return listener


async def _all_reach(listeners: list[Listener], event_id: int) -> None:
    while not all(listener.newest and listener.newest[-1] >= event_id for listener in listeners):
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)  # a later event may have reached some of them


def main() -> None:
    print(json.dumps(asdict(asyncio.run(listen(sys.argv[1], int(sys.argv[2]))))))


if __name__ == "__main__":
    main()
