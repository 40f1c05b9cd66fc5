"""Collect a run's log lines for the database: logging, warnings and print()."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOBase
from queue import Empty, SimpleQueue

Line = tuple[datetime, str, str]
"""Time, level, text."""


class Logbook(logging.Handler):
    """Buffers lines until they are taken. Thread-safe."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: SimpleQueue[Line] = SimpleQueue()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            time, text = datetime.fromtimestamp(record.created, UTC), self.format(record)
        except Exception:  # noqa: BLE001  # formatting can raise anything
            # Reports to stderr, as logging's own handlers do.
            self.handleError(record)
            return
        for line in text.splitlines():
            self._lines.put((time, record.levelname.lower(), _storable(line)))

    def take(self) -> list[Line]:
        """Return and remove the buffered lines."""
        lines = []
        while True:
            try:
                lines.append(self._lines.get_nowait())
            except Empty:
                return lines


def _storable(line: str) -> str:
    """Replace lone surrogates (from file names that are not UTF-8) and NUL, which databases refuse."""
    return line.encode("utf-8", "replace").decode().replace("\0", "?")


@contextmanager
def kept(logbook: Logbook) -> Iterator[None]:
    """Send everything that is logged, warned of or printed in this process to the logbook too."""
    root, stdout = logging.getLogger(), sys.stdout
    root.addHandler(logbook)
    logging.captureWarnings(True)
    sys.stdout = _Printed()
    try:
        yield
    finally:
        sys.stdout = stdout
        logging.captureWarnings(False)
        root.removeHandler(logbook)


class _Printed(TextIOBase):
    """Replaces stdout, which is reserved for the slot: logs each printed line."""

    def __init__(self) -> None:
        self._begun = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            logging.getLogger("print").info("%s", line)
        return len(text)
