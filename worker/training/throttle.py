"""Limit how often something is done."""

import time


class Throttle:
    """Due at the first call, then at most once in `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._next = seconds, 0.0

    def is_due(self) -> bool:
        """Return whether it is due, and if so start the next interval."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True
