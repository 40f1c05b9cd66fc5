"""Run a plugin's code as if it were the main script, without the worker's arguments, and record its last line."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TextIO

LONGEST = 300
"""Limit in characters of the line."""


@contextmanager
def as_script(script: str) -> Iterator[None]:
    """Set `sys.argv` to the script, and add the last printed line to a SystemExit as a note.

    Argparse, for example, prints why it exits.
    """
    arguments, outputs = sys.argv, (sys.stdout, sys.stderr)
    last = _LastLine()
    sys.argv = [script]
    sys.stdout, sys.stderr = last.tee(sys.stdout), last.tee(sys.stderr)
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
    """Wrap a function so that it runs inside `as_script`."""

    @wraps(function, updated=())
    def call(*arguments: Any, **keywords: Any) -> Any:
        with as_script(script):
            return function(*arguments, **keywords)

    return call


class _LastLine:
    def __init__(self) -> None:
        self._text = ""

    def tee(self, stream: TextIO) -> Any:
        return _Tee(stream, self)

    def add(self, text: str) -> None:
        self._text = (self._text + text)[-4 * LONGEST :]

    def read(self) -> str:
        lines = self._text.strip().splitlines()
        return lines[-1].strip()[:LONGEST] if lines else ""


class _Tee:
    """A stream whose last line is recorded."""

    def __init__(self, stream: TextIO, last: _LastLine) -> None:
        self._stream, self._last = stream, last

    def write(self, text: str) -> int:
        self._last.add(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
