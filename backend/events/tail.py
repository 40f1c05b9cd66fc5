"""One tail of the outbox per process: each event is read once, encoded once, and handed to every listener."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager

from backend.db import events
from backend.db.commit_signal import commit_signal
from backend.db.database import Database, DatabaseBusy, Session
from backend.db.events import Event
from backend.events.frame import Batch, Frame
from skiplab.contract.events import EventType, ResetEvent

log = logging.getLogger(__name__)

POLL_SECONDS = 0.02
"""A poll takes some microseconds, so that a point is sent within 20 ms of its commit."""

AT_ONCE = 20
"""Listeners that get a batch in the same burst of sends. A request waits for a burst at each of its steps."""

SECONDS_PER_LISTENER = 0.0005
"""Pause after a burst, so that sending to hundreds of listeners leaves time for requests; with few listeners it is
shorter than a poll. A send takes about a fifth of that."""

LISTENER_EVENTS = 1000
"""A listener further behind than this is disconnected; it reconnects with Last-Event-ID and reads the database."""

BATCH = 500

PAUSE_SECONDS = 1.0
"""Between a failure and the next attempt."""


class Listener:
    """The batches that one stream has not sent yet."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Batch | None] = asyncio.Queue()
        self._behind = 0

    def put(self, batch: Batch) -> bool:
        """Return False if the listener is too far behind to take it."""
        if self._behind + len(batch.frames) > LISTENER_EVENTS:
            return False
        self._behind += len(batch.frames)
        self._queue.put_nowait(batch)
        return True

    def end(self) -> None:
        """End the stream after what it has."""
        self._queue.put_nowait(None)

    async def next(self) -> Batch | None:
        """Wait for the next batch; None at the end."""
        batch = await self._queue.get()
        if batch is not None:
            self._behind -= len(batch.frames)
        return batch


class Tail:
    """Follows the outbox while `run()` runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._last = 0
        self._reading = asyncio.Lock()
        self._waiting: dict[int, asyncio.Task[Batch | None]] = {}

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
            for listener in list(self._listeners):
                self._disconnect(listener)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _follow(self) -> None:
        with closing(commit_signal(self._database)) as signal:
            await asyncio.to_thread(signal.open)
            while True:
                await (self._publish() if self._listeners else self._skip())
                while not signal.changed():
                    await asyncio.sleep(POLL_SECONDS)

    async def batches(self, after: int | None) -> AsyncIterator[Batch]:
        """Yield every event after `after` (None: from now on), first from the database, then as they are published.

        Ends when the listener is too slow to keep up, or the outbox cannot be read.
        """
        with self._listening() as listener:
            # It listens already: what is committed while the past is being read is in one or in both.
            sent = after if after is not None else await asyncio.to_thread(self._latest_id)
            while past := await self._shared_past(sent):
                yield past
                sent = past.last_id
            while (published := await listener.next()) is not None:
                if following := published.after(sent):
                    yield following
                    sent = following.last_id

    async def _shared_past(self, after: int) -> Batch | None:
        """Return what follows `after`, read once for all listeners that wait for it: after a restart of this process
        hundreds reconnect at once, most after the same event.

        Only a read that has not begun is shared: what is committed later is in the queues of those who wait now.
        """
        if (read := self._waiting.get(after)) is None:
            read = self._waiting[after] = asyncio.create_task(self._read_past(after))
        return await asyncio.shield(read)

    async def _read_past(self, after: int) -> Batch | None:
        async with self._reading:
            del self._waiting[after]
            return await asyncio.to_thread(self._past, after)

    async def _skip(self) -> None:
        """Skip events without listeners: whoever connects later reads them from the database."""
        latest = await asyncio.to_thread(self._latest_id)
        # A listener that has connected meanwhile may have read less than that.
        if not self._listeners:
            self._last = latest

    async def _publish(self) -> None:
        full = True
        # Of a batch that is not full, what follows has been committed since: it waits for the next one.
        while full and (frames := await asyncio.to_thread(self._read, self._last)):
            full = len(frames) == BATCH
            batch = Batch.of(frames)
            self._last = batch.last_id
            await self._hand_out(batch)

    async def _hand_out(self, batch: Batch) -> None:
        """Put a batch into every listener's queue. One that connects meanwhile reads it from the database."""
        listeners = list(self._listeners)
        for start in range(0, len(listeners), AT_ONCE):
            some = listeners[start : start + AT_ONCE]
            for listener in some:
                if not listener.put(batch):
                    log.info("a listener fell %d events behind and is disconnected", LISTENER_EVENTS)
                    self._disconnect(listener)
            await asyncio.sleep(SECONDS_PER_LISTENER * len(some))

    def _disconnect(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        listener.end()

    @contextmanager
    def _listening(self) -> Iterator[Listener]:
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def _read(self, after: int) -> list[Frame]:
        with self._database.read() as session:
            return [Frame.encode(event) for event in events.since(session, after=after, limit=BATCH)]

    def _latest_id(self) -> int:
        with self._database.read() as session:
            return events.latest_id(session)

    def _past(self, after: int) -> Batch | None:
        """Return what follows `after` (None: nothing), or a single `reset` if that is unknown or deleted.

        In one snapshot: between the check and the read, old events could be deleted.
        """
        with self._database.read() as session:
            reason = _unavailable(session, after)
            if reason is None:
                frames = [Frame.encode(event) for event in events.since(session, after=after, limit=BATCH)]
                return Batch.of(frames) if frames else None
            reset = ResetEvent(reason=reason).model_dump_json()
            return Batch.of([Frame.encode(Event(events.latest_id(session), EventType.RESET, None, reset))])


def _unavailable(session: Session, after: int) -> str | None:
    """Return why the stream cannot continue after this id; None if it can."""
    if after > events.latest_id(session):
        return f"event {after} is unknown: the database is another one"
    if after < events.oldest_id(session) - 1:
        return f"what followed event {after} is no longer stored"
    return None
