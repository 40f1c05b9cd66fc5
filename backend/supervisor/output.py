"""The children's output: every line goes to the log file, warnings and worse to the terminal too."""

import re
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from logging import LogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path

TAIL_LINES = 15

RECORD = re.compile(r"\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S*:? (?P<level>[A-Z]+)\b")
"""The start of a Python log record; a line without it continues the record above."""

SERVER_RECORD = re.compile(r"\d+:[A-Z] ")
"""The start of a Redis server's record; never loud: its warnings are about tuning, and its exit is reported anyway."""

LOUD_LEVELS = frozenset({"WARNING", "ERROR", "CRITICAL"})


class Output:
    def __init__(self, log: Path, show: Callable[[str], None], *, verbose: bool = False) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self._file = _File(log, maxBytes=10_000_000, backupCount=3, encoding="utf-8", errors="replace")
        self._show, self._verbose = show, verbose
        self._tails: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=TAIL_LINES))
        self._loud: dict[str, bool] = defaultdict(bool)

    def log_line(self, name: str, line: str) -> None:
        """Log a line that a child has written."""
        self._write(name, line)
        self._tails[name].append(line)
        self._loud[name] = _is_loud(line, before=self._loud[name])
        if self._verbose or self._loud[name]:
            self._show(f"{name}: {line}")

    def say(self, text: str) -> None:
        """Log and show a message of the supervisor's own."""
        for line in text.splitlines():
            self._write("skiplab", line)
        self._show(text)

    def tail(self, name: str) -> list[str]:
        """Return the last lines that a child has written."""
        return list(self._tails[name])

    def close(self) -> None:
        # What a full disk refused is still in the file's buffer; flushing is tried once more here.
        with suppress(OSError):
            self._file.close()

    def _write(self, name: str, line: str) -> None:
        self._file.emit(LogRecord("", 0, "", 0, f"{name:<7} | {line}", None, None))


class _File(RotatingFileHandler):
    def handleError(self, record: LogRecord) -> None:  # noqa: N802
        """Do nothing: a full disk must not stop the supervisor, nor fill the terminal."""


def _is_loud(line: str, *, before: bool) -> bool:
    if line.startswith("Traceback (most recent call last)"):
        return True
    if SERVER_RECORD.match(line):
        return False
    record = RECORD.match(line)
    return record["level"] in LOUD_LEVELS if record else before
