"""What keeps observers of training from ending it: the first error of one switches that one off."""

import logging
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)


class Switch:
    """Whether an observer still watches. Observers ask `on` before they do anything, and do it `guarded`."""

    def __init__(self, name: str) -> None:
        """`name`: what the log calls the observer, in the plural or as a mass noun."""
        self.on = True
        self._name = name

    def guarded(self) -> Self:
        """No error leaves this block, whatever it is: it is logged in one line and the observer is off."""
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.on = False
        log.warning("%s: switched off by %s. Training goes on without.", self._name, in_one_line(error))
        return True


def in_one_line(error: BaseException) -> str:
    """An error with the place where it was raised, for a log that has one line for it."""
    frames = extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{f': {text[:300]}' if text else ''}{place}"
