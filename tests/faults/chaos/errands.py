"""Errands requested one after another while processes are killed: previews and cards, in turn."""

import time
from itertools import cycle
from typing import Any

import httpx2 as httpx

from tests.lab import Lab

TASKS = (
    {"kind": "preview_augmentation", "dataset": "digits"},
    {"kind": "measure_card", "model": "torchvision.alexnet"},
)

ACTIVE = ("waiting", "running")
PAUSE_SECONDS = 0.5
LAST_SECONDS = 180


class Errands:
    """At most one is requested at a time. A request whose response was lost may have been accepted."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._tasks = cycle(TASKS)

    def step(self) -> None:
        """Request the next, unless one is active."""
        found = self._list()
        if found is not None and not any(errand["status"] in ACTIVE for errand in found):
            self._ask("POST", json=next(self._tasks))

    def ended(self) -> list[dict[str, Any]]:
        """Return all, once none is active or time is up."""
        deadline = time.monotonic() + LAST_SECONDS
        while (found := self._list()) is None or any(errand["status"] in ACTIVE for errand in found):
            if time.monotonic() > deadline:
                break
            time.sleep(PAUSE_SECONDS)  # polling more often would load the lab under test
        return found or []

    def _list(self) -> list[dict[str, Any]] | None:
        """None while the backend is unreachable."""
        answer = self._ask("GET", params={"limit": 1000})
        if answer is None:
            return None
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def _ask(self, method: str, **more: Any) -> httpx.Response | None:
        try:
            answer = self._lab.client.request(method, "/errands", **more)
        except httpx.TransportError:
            return None
        assert answer.status_code in (200, 202, 503), answer.text
        return answer if answer.status_code != 503 else None
