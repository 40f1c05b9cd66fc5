"""How long runs were shown as running without progress, which reveals a wrong status."""

import time
from collections.abc import Sequence
from typing import Any


class Pace:
    def __init__(self) -> None:
        self.longest = 0.0
        """Seconds, over all runs and attempts."""
        self._moved: dict[tuple[int, int], tuple[Any, float]] = {}

    def observe(self, runs: Sequence[dict[str, Any]]) -> None:
        now = time.monotonic()
        moved = {}
        for run in runs:
            if run["status"] == "running":
                key, place = (run["id"], run["attempt"]), (run["progress"], run["activity"])
                seen, since = self._moved.get(key, (place, now))
                moved[key] = (place, since if place == seen else now)
                self.longest = max(self.longest, now - moved[key][1])
        self._moved = moved
