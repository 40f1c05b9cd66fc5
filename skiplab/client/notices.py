"""Messages to the user's terminal. A closed terminal never ends a run."""

import sys
from contextlib import suppress
from threading import Lock

_lock = Lock()
_said: set[str] = set()


def say(message: str) -> None:
    """Print a message to stderr."""
    with suppress(OSError, ValueError, AttributeError):  # a closed stream, or none at all
        # Not into the run's log, which `console` fills with what the script prints.
        print(f"skiplab: {message}", file=getattr(sys.stderr, "uncopied", sys.stderr), flush=True)


def say_once(message: str, about: str | None = None) -> None:
    """Print a message unless one with the same `about` (default: the message) was printed by this process."""
    with _lock:
        if (about or message) in _said:
            return
        _said.add(about or message)
    say(message)


def forget() -> None:
    """Print all messages again, for tests."""
    with _lock:
        _said.clear()
