"""A plugin's code runs as a script of its own: without the lab's arguments, and what it says as it ends is kept."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TextIO

LONGEST = 300
"""Characters of a line."""


@contextmanager
def as_script(script: str) -> Iterator[None]:
    """`sys.argv` is the script alone. A SystemExit has the last printed line as a note: argparse, and whoever prints
    and exits, says why only there."""
    arguments, outputs = sys.argv, (sys.stdout, sys.stderr)
    last = _LastLine()
    sys.argv = [script]
    sys.stdout, sys.stderr = last.beside(sys.stdout), last.beside(sys.stderr)
    try:
        yield
    except SystemExit as end:
        if (line := last.read()) and (end.code is None or isinstance(end.code, int)):
            end.add_note(line)
        raise
    finally:
        sys.argv = arguments
        sys.stdout, sys.stderr = outputs


def run_as(script: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, called as by the script."""

    @wraps(function, updated=())
    def call(*arguments: Any, **keywords: Any) -> Any:
        with as_script(script):
            return function(*arguments, **keywords)

    return call


class _LastLine:
    def __init__(self) -> None:
        self._text = ""

    def beside(self, stream: TextIO) -> Any:
        return _Beside(stream, self)

    def add(self, text: str) -> None:
        self._text = (self._text + text)[-4 * LONGEST :]

    def read(self) -> str:
        lines = self._text.strip().splitlines()
        return lines[-1].strip()[:LONGEST] if lines else ""


class _Beside:
    """A stream, of which the last line is kept."""

    def __init__(self, stream: TextIO, last: _LastLine) -> None:
        self._stream, self._last = stream, last

    def write(self, text: str) -> int:
        self._last.add(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
