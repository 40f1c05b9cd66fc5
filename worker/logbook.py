"""A run's log: what the trainer says, line by line, on its way into the database."""

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
    """Keeps lines until they are taken. Threads may write at the same time."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._lines: SimpleQueue[Line] = SimpleQueue()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            time, text = datetime.fromtimestamp(record.created, UTC), self.format(record)
        except Exception:  # noqa: BLE001  # any, of a text and arguments that do not fit
            # Said on stderr, as logging does.
            self.handleError(record)
            return
        for line in text.splitlines():
            self._lines.put((time, record.levelname.lower(), _storable(line)))

    def take(self) -> list[Line]:
        lines = []
        while True:
            try:
                lines.append(self._lines.get_nowait())
            except Empty:
                return lines


def _storable(line: str) -> str:
    """Without what no database takes as text: halves of surrogate pairs (of file names that are not UTF-8) and NUL."""
    return line.encode("utf-8", "replace").decode().replace("\0", "?")


@contextmanager
def kept(logbook: Logbook) -> Iterator[None]:
    """Everything logged, warned of or printed in this process goes into the book as well."""
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
    """Where print() goes: a line each to the log. The process's real stdout speaks to the slot."""

    def __init__(self) -> None:
        self._begun = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            logging.getLogger("print").info("%s", line)
        return len(text)
