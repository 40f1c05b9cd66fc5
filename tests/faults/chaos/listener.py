"""A client of the event stream, in a thread, that reconnects whenever the stream ends, like a browser."""

import threading
from types import TracebackType
from typing import Self

import httpx2 as httpx

COME_BACK_SECONDS = 0.3

SILENT_SECONDS = 25
"""The stream sends something every 15 s; a silent one has died with its backend."""


class Listener:
    """Used until the server has stopped, which ends the last stream."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        """Ids of all events received, in order."""
        self.resets = 0
        self.streams = 0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def listen(self, url: str) -> None:
        """From the first event on."""
        self._thread = threading.Thread(target=self._listen, args=(url,), name="listener")
        self._thread.start()

    def _listen(self, url: str) -> None:
        while not self._over.is_set():
            try:
                self._hear(url)
            except httpx.TransportError:
                self._over.wait(COME_BACK_SECONDS)

    def _hear(self, url: str) -> None:
        where = {"Last-Event-ID": str(self.ids[-1])} if self.ids else {}
        wait = httpx.Timeout(5, read=SILENT_SECONDS)
        address = f"{url}/api/v1/events"
        with httpx.stream("GET", address, params={"after": 0}, headers=where, timeout=wait) as stream:
            self.streams += stream.status_code == 200
            for line in stream.iter_lines():
                if line.startswith("id: "):
                    self.ids.append(int(line.removeprefix("id: ")))
                self.resets += line == "event: reset"
