"""What the script prints becomes the run's log: standard output and standard error are copied, line by line."""

import sys
import time
from collections.abc import Callable
from threading import RLock
from typing import Any

from skiplab.client import notices
from skiplab.client.values import text_of
from skiplab.contract.ingest_limits import LONGEST_LINE

MOST_LINES = 100_000
"""Lines of a run; what it prints after them is not copied."""

Report = Callable[[str, str, float], None]
"""Takes a line, its stream's name (stdout or stderr) and the time."""


class Copied:
    """A text stream that hands on everything, and reports each complete line.

    Of a line that was overwritten after a carriage return, as progress bars do, the last state counts.
    """

    def __init__(self, stream: Any, name: str, report: Report) -> None:
        self.uncopied = stream
        self._name, self._report = name, report
        self._lock = RLock()
        self._line = ""

    def write(self, text: str) -> int:
        written: int = self.uncopied.write(text)
        with self._lock:
            *lines, rest = (self._line + text).split("\n")
            self._line = rest.rpartition("\r")[2][-LONGEST_LINE:] if "\r" in rest[:-1] else rest[:LONGEST_LINE]
            for line in lines:
                self._say(line)
        return written

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def rest(self) -> None:
        """Report a last line without an end."""
        with self._lock:
            line, self._line = self._line, ""
            if line:
                self._say(line)

    def after_fork(self) -> None:
        """Forget that another thread held the lock, which does not exist in a forked process."""
        self._lock = RLock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.uncopied, name)

    def _say(self, line: str) -> None:
        shown = line.rstrip("\r").rpartition("\r")[2]
        self._report(text_of(shown, LONGEST_LINE), self._name, time.time())


class Console:
    """Copies both streams while a run is logged."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._copies: dict[str, Copied] = {}
        self._lines = 0

    def install(self) -> None:
        for name in ("stdout", "stderr"):
            if (stream := getattr(sys, name)) is not None:
                self._copies[name] = Copied(stream, name, self._count)
                setattr(sys, name, self._copies[name])

    def remove(self) -> None:
        for name, copy in self._copies.items():
            copy.rest()
            if getattr(sys, name) is copy:  # others may have replaced it since
                setattr(sys, name, copy.uncopied)
        self._copies.clear()

    def after_fork(self) -> None:
        for copy in self._copies.values():
            copy.after_fork()

    def _count(self, line: str, stream: str, at: float) -> None:
        self._lines += 1
        if self._lines <= MOST_LINES:
            self._report(line, stream, at)
        elif self._lines == MOST_LINES + 1:
            notices.say(f"the run has printed {MOST_LINES:,} lines; its log ends here.")
