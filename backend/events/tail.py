"""One tail of the outbox per process: each event is read once, encoded once, and handed to every listener."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager

from backend.db import events
from backend.db.commit_signal import commit_signal
from backend.db.database import Database, DatabaseBusy, Session
from backend.db.events import Event
from backend.events.frame import Frame
from skiplab.contract.events import EventType, ResetEvent

log = logging.getLogger(__name__)

POLL_SECONDS = 0.02
"""A poll takes some microseconds, so that a point is sent within 20 ms of its commit."""

LISTENER_FRAMES = 1000
"""A listener further behind than this is disconnected; it reconnects with Last-Event-ID and reads the database."""

BATCH = 500

PAUSE_SECONDS = 1.0
"""Between a failure and the next attempt."""


class Tail:
    """Follows the outbox while `run()` runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[asyncio.Queue[Frame | None]] = set()
        self._last = 0

    async def run(self) -> None:
        """Send new events to all listeners until cancelled."""
        while True:
            try:
                await self._follow()
            except DatabaseBusy as busy:
                log.warning("the outbox could not be read: %s Retrying in %g s.", busy, PAUSE_SECONDS)
            except Exception:
                # The loop is the process's edge here: one failure must not end the stream for good.
                log.exception("the outbox could not be read; retrying in %g s", PAUSE_SECONDS)
            # A silent stream would look alive. Listeners reconnect with Last-Event-ID, and miss nothing.
            for queue in list(self._listeners):
                self._disconnect(queue)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _follow(self) -> None:
        with closing(commit_signal(self._database)) as signal:
            await asyncio.to_thread(signal.open)
            while True:
                await (self._publish() if self._listeners else self._skip())
                while not signal.changed():
                    await asyncio.sleep(POLL_SECONDS)

    async def frames(self, after: int | None) -> AsyncIterator[Frame]:
        """Yield every event after `after` (None: from now on), first from the database, then as they are published.

        Ends when the listener is too slow to keep up, or the outbox cannot be read.
        """
        with self._listening() as queue:
            # The queue listens already: what is committed while the past is being read is in one or in both.
            sent = after if after is not None else await asyncio.to_thread(self._latest_id)
            while past := await asyncio.to_thread(self._past, sent):
                for frame in past:
                    yield frame
                sent = past[-1].id
            while (following := await queue.get()) is not None:
                if following.id > sent:
                    yield following
                    sent = following.id

    async def _skip(self) -> None:
        """Skip events without listeners: whoever connects later reads them from the database."""
        latest = await asyncio.to_thread(self._latest_id)
        # A listener that has connected meanwhile may have read less than that.
        if not self._listeners:
            self._last = latest

    async def _publish(self) -> None:
        while batch := await asyncio.to_thread(self._read, self._last):
            self._last = batch[-1].id
            for queue in list(self._listeners):
                self._put(queue, batch)

    def _put(self, queue: asyncio.Queue[Frame | None], batch: list[Frame]) -> None:
        for frame in batch:
            if queue.qsize() >= LISTENER_FRAMES:
                log.info("a listener fell %d events behind and is disconnected", LISTENER_FRAMES)
                self._disconnect(queue)
                return
            queue.put_nowait(frame)

    def _disconnect(self, queue: asyncio.Queue[Frame | None]) -> None:
        self._listeners.discard(queue)
        queue.put_nowait(None)

    @contextmanager
    def _listening(self) -> Iterator[asyncio.Queue[Frame | None]]:
        queue: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def _read(self, after: int) -> list[Frame]:
        with self._database.read() as session:
            return [Frame.encode(event) for event in events.since(session, after=after, limit=BATCH)]

    def _latest_id(self) -> int:
        with self._database.read() as session:
            return events.latest_id(session)

    def _past(self, after: int) -> list[Frame]:
        """Return what follows `after`, or a single `reset` if that is unknown or deleted.

        In one snapshot: between the check and the read, old events could be deleted.
        """
        with self._database.read() as session:
            reason = _unavailable(session, after)
            if reason is None:
                return [Frame.encode(event) for event in events.since(session, after=after, limit=BATCH)]
            reset = ResetEvent(reason=reason).model_dump_json()
            return [Frame.encode(Event(events.latest_id(session), EventType.RESET, None, reset))]


def _unavailable(session: Session, after: int) -> str | None:
    """Return why the stream cannot continue after this id; None if it can."""
    if after > events.latest_id(session):
        return f"event {after} is unknown: the database is another one"
    if after < events.oldest_id(session) - 1:
        return f"what followed event {after} is no longer stored"
    return None
