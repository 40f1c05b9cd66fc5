"""A proxy between browser and lab whose connections can be cut without the lab noticing."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

CHUNK_BYTES = 65_536


class Wire:
    """Carries bytes between a port of its own and the lab's."""

    def __init__(self, lab_url: str) -> None:
        address = urlsplit(lab_url)
        self._lab = (address.hostname or "", address.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: set[socket.socket] = set()
        self._whole = True
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Ends every connection; new ones end at once."""
        with self._lock:
            self._whole = False
            for end in self._ends:
                _hang_up(end)
            self._ends.clear()

    def mend(self) -> None:
        with self._lock:
            self._whole = True

    def close(self) -> None:
        self.cut()
        _hang_up(self._listener)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return  # closed
            with self._lock:
                if not self._whole:
                    browser.close()
                    continue
                lab = socket.create_connection(self._lab)
                self._ends |= {browser, lab}
            self._start(_carry, browser, lab)
            self._start(_carry, lab, browser)


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with source, suppress(OSError):
        while content := source.recv(CHUNK_BYTES):
            sink.sendall(content)
    _hang_up(sink)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
