"""The stream of events: where it goes on after a lost connection, and the payload of each event."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import httpx2
from pydantic import BaseModel

from skiplab.client.calls.lookup import WhichRun, run_ids
from skiplab.client.errors import refusal
from skiplab.client.steps import LONGEST_PAUSE, Request, Steps, exchange
from skiplab.contract.events import EventType

SILENCE_SECONDS = 45.0
"""A stream without a byte for this long is dead: the server sends a comment every 15 s."""

FIRST_PAUSE = 0.2
"""Seconds before the first reconnection; doubled for each further one without an event in between."""


@dataclass(frozen=True)
class Event:
    """One event: its id in the lab's log, and the payload of its type."""

    id: int
    type: EventType
    payload: BaseModel


class Follower:
    """The position in the stream, and what to do when the connection ends."""

    def __init__(self, runs: Sequence[int] | None, after: int) -> None:
        self._runs, self._last, self._pause = runs, after, FIRST_PAUSE

    @classmethod
    def begin(cls, runs: Sequence[WhichRun] | None, after: int | None) -> Steps[Self]:
        """Look up the runs, and the newest event if no position is given: a stream that breaks before its first event
        continues from there, too."""
        ids = None if runs is None else (yield from run_ids(runs))
        if after is None:
            answer = yield from exchange(Request("GET", "/runs", params={"limit": 1}))
            after = int(answer.event_id or 0)
        return cls(ids, after)

    def request(self) -> dict[str, Any]:
        """Return the arguments of the request that opens the stream after the last event."""
        return {
            "method": "GET",
            "url": "/events",
            "params": {} if self._runs is None else {"runs": ",".join(map(str, self._runs))},
            "headers": {"Accept": "text/event-stream", "Last-Event-ID": str(self._last)},
            "timeout": httpx2.Timeout(SILENCE_SECONDS),
        }

    def take(self, message: httpx2.ServerSentEvent) -> Iterator[Event]:
        """Move the position; yield the event, unless its type is of a later version."""
        self._pause = FIRST_PAUSE
        if message.id.isdecimal():
            self._last = int(message.id)
        if message.event in set(EventType):
            kind = EventType(message.event)
            yield Event(self._last, kind, kind.payload.model_validate_json(message.data))

    def refused(self, status: int, body: bytes, retry_after: str | None) -> None:
        """Raise a refusal, unless the server promises that a later repeat may succeed."""
        error = refusal(status, body, retry_after)
        if error.retry_after is None:
            raise error
        self._pause = max(self._pause, error.retry_after)

    def pause(self) -> float:
        """Return the seconds before the next connection."""
        pause = min(self._pause, LONGEST_PAUSE)
        self._pause = 2 * pause
        return pause
