"""Keep observers from ending training: the first error of an observer disables it."""

import logging
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)


class Switch:
    """Whether an observer is still active. Observers check `on` before each action, and act inside `guarded`."""

    def __init__(self, name: str) -> None:
        """`name`: name of the observer in the log."""
        self.on = True
        self._name = name

    def guarded(self) -> Self:
        """Return a context that catches any Exception, logs it in one line and disables the observer."""
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.on = False
        log.warning("%s: disabled after %s. Training continues.", self._name, in_one_line(error))
        return True


def in_one_line(error: BaseException) -> str:
    """Return type, message and source location of an error in one line."""
    frames = extract_tb(error.__traceback__)
    location = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{f': {text[:300]}' if text else ''}{location}"
