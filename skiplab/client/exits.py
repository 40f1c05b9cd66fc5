"""How the process ends: normally, by an uncaught exception, or by `sys.exit` with a status."""

import atexit
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

Ending = tuple[str, str]
"""Status and reason of a run."""

FINISHED: Ending = ("finished", "")


def ending_of(error: BaseException | None) -> Ending:
    """Return how an exception ends a run."""
    if error is None or (isinstance(error, SystemExit) and error.code in (None, 0)):
        return FINISHED
    if isinstance(error, SystemExit):
        return "failed", f"exit status {error.code}"
    if isinstance(error, KeyboardInterrupt):
        return "cancelled", str(error) or "interrupted"
    message = str(error).strip()
    return "failed", f"{type(error).__name__}: {message}" if message else type(error).__name__


class ExitHooks:
    """Calls `finish` at exit, with how the process ends."""

    def __init__(self, finish: Callable[[Ending], None]) -> None:
        self._finish, self._ending = finish, FINISHED
        self._excepthook, self._exit = sys.excepthook, sys.exit

    def install(self) -> None:
        sys.excepthook = self._on_exception
        sys.exit = self._on_exit
        atexit.register(self._at_exit)

    def remove(self) -> None:
        atexit.unregister(self._at_exit)
        # Others may have replaced them since, and call ours.
        if sys.excepthook == self._on_exception:
            sys.excepthook = self._excepthook
        if sys.exit == self._on_exit:
            sys.exit = self._exit

    def _on_exception(self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        self._ending = ending_of(error)
        self._excepthook(kind, error, traceback)

    def _on_exit(self, status: Any = None) -> NoReturn:
        self._ending = ending_of(SystemExit(status))
        self._exit(status)

    def _at_exit(self) -> None:
        self._finish(self._ending)
