"""The stream: nothing lost, nothing twice, whoever comes late or reads slowly."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from backend.db import events
from backend.db.database import Database
from backend.events import tail as tail_module
from backend.events.frame import Batch, Frame
from backend.events.tail import Tail
from tests.databases import BOTH

pytestmark = BOTH

Story = Callable[[Tail], Coroutine[Any, Any, None]]


def play(database: Database, story: Story) -> None:
    """Run a scenario next to a running tail."""

    async def whole() -> None:
        tail = Tail(database)
        running = asyncio.create_task(tail.run())
        try:
            await asyncio.wait_for(story(tail), timeout=20)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(whole())


async def frames_of(tail: Tail, after: int | None) -> AsyncIterator[Frame]:
    async for batch in tail.batches(after):
        for frame in batch.frames:
            yield frame


async def take(frames: AsyncIterator[Frame], count: int) -> list[int]:
    return [(await anext(frames)).id for _ in range(count)]


async def all_of(frames: AsyncIterator[Frame]) -> list[int]:
    return [frame.id async for frame in frames]


def test_a_listener_gets_the_past_it_missed_and_then_what_comes(database: Database, queued: Callable[..., int]) -> None:
    for _ in range(3):
        queued()

    async def story(tail: Tail) -> None:
        frames = frames_of(tail, 1)
        assert await take(frames, 2) == [2, 3]
        queued()
        queued()
        assert await take(frames, 2) == [4, 5]

    play(database, story)


def test_a_listener_without_a_past_starts_now(database: Database, queued: Callable[..., int]) -> None:
    queued()

    async def story(tail: Tail) -> None:
        frames = frames_of(tail, None)
        next_id = asyncio.create_task(take(frames, 1))
        await asyncio.sleep(0.2)
        queued()
        assert await next_id == [2]

    play(database, story)


def test_commits_during_a_replay_arrive_once(
    database: Database, queued: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "BATCH", 2)
    for _ in range(5):
        queued()

    async def story(tail: Tail) -> None:
        frames = frames_of(tail, 0)
        seen = await take(frames, 3)
        for _ in range(4):
            queued()
        await asyncio.sleep(0.2)
        seen += await take(frames, 6)
        assert seen == list(range(1, 10))

    play(database, story)


def test_a_listener_too_far_behind_is_cut_off_and_others_are_unharmed(
    database: Database, queued: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "LISTENER_EVENTS", 5)

    async def story(tail: Tail) -> None:
        slow, quick = frames_of(tail, 0), frames_of(tail, 0)
        past = [asyncio.create_task(take(frames, 1)) for frames in (slow, quick)]
        await asyncio.sleep(0.2)
        queued()
        assert [await ids for ids in past] == [[1], [1]]
        for expected in range(2, 12):
            waits = asyncio.create_task(take(quick, 1))
            queued()
            assert await waits == [expected]
        assert await all_of(slow) == [2, 3, 4, 5, 6]

    play(database, story)


def test_an_id_from_another_database_resets_the_listener(database: Database, queued: Callable[..., int]) -> None:
    queued()

    async def story(tail: Tail) -> None:
        frame = await anext(frames_of(tail, 999))
        assert b"event: reset" in frame.encoded
        assert frame.id == 1

    play(database, story)


def test_an_outbox_that_cannot_be_read_sends_listeners_back_and_the_tail_goes_on(
    database: Database, queued: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "PAUSE_SECONDS", 0.05)
    failing = True
    since = events.since

    def sometimes(*given: Any, **named: Any) -> Any:
        if failing:
            raise OSError("disk I/O error")
        return since(*given, **named)

    async def story(tail: Tail) -> None:
        nonlocal failing
        heard = asyncio.create_task(all_of(frames_of(tail, None)))
        await asyncio.sleep(0.2)
        monkeypatch.setattr(events, "since", sometimes)
        queued()
        # The stream ends, so that the client knows that something is wrong and comes back.
        assert await heard == []
        failing = False
        again = frames_of(tail, 0)
        assert await take(again, 1) == [1]
        queued()
        assert await take(again, 1) == [2]

    play(database, story)


def test_the_backlog_of_a_time_without_listeners_is_not_handed_out(
    database: Database, queued: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "LISTENER_EVENTS", 5)

    async def story(tail: Tail) -> None:
        await asyncio.sleep(0.2)
        for _ in range(20):
            queued()
        await asyncio.sleep(0.2)
        frames = frames_of(tail, None)
        heard = asyncio.create_task(take(frames, 2))
        await asyncio.sleep(0.2)
        queued()
        await asyncio.sleep(0.2)
        queued()
        assert await heard == [21, 22]

    play(database, story)


def test_a_batch_is_encoded_once_for_all_its_listeners(database: Database, queued: Callable[..., int]) -> None:
    async def story(tail: Tail) -> None:
        async def first() -> Batch:
            return await anext(tail.batches(None))

        heard = [asyncio.create_task(first()) for _ in range(3)]
        await asyncio.sleep(0.2)
        queued()
        one, *others = await asyncio.gather(*heard)
        assert one.last_id == 1
        assert all(other.encoded is one.encoded for other in others)

    play(database, story)


def test_listeners_that_reconnect_together_share_one_read_of_the_past(
    database: Database, queued: Callable[..., int]
) -> None:
    for _ in range(3):
        queued()

    async def story(tail: Tail) -> None:
        async def first(after: int) -> Batch:
            return await anext(tail.batches(after))

        one, *others, later = await asyncio.gather(first(1), first(1), first(1), first(2))
        assert [frame.id for frame in one.frames] == [2, 3]
        assert all(other is one for other in others)
        assert [frame.id for frame in later.frames] == [3]

    play(database, story)


def test_a_frame_is_one_server_sent_event(database: Database, queued: Callable[..., int]) -> None:
    run_id = queued()

    async def story(tail: Tail) -> None:
        frame = await anext(frames_of(tail, 0))
        id_line, event_line, data_line, *rest = frame.encoded.decode().split("\n")
        assert (id_line, event_line, rest) == ("id: 1", "event: run", ["", ""])
        assert json.loads(data_line.removeprefix("data: "))["id"] == run_id

    play(database, story)
    with database.read() as session:
        assert events.latest_id(session) == 1
