"""Five hundred stream clients: some read, some never read, some vanish. Those that read miss nothing."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from backend.db import catalog
from backend.db.database import Database
from skiplab.contract.catalog import DatasetCard, ModelDetails
from tests.lab import Lab, running_web

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]

READING, NEVER_READING, VANISHING, REPLAYING = 300, 100, 100, 50

RUNS = 300
"""Runs submitted in the meantime, one event each."""

MEMORY = 200 << 20
"""Memory limit for all of them in bytes: 400 KiB each, including sockets and the parser."""

WITHIN_SECONDS = 60


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    home = tmp_path / "home"
    with running_web(home) as lab:
        database = Database(f"sqlite:///{home / 'skiplab.db'}")
        with database.write() as session:
            models = [ModelDetails(key="cnn", label="CNN", measured=True, parameters=1, flops=1)]
            catalog.announce(session, models, [DatasetCard(key="digits", label="Digits", available=True, source="-")])
        database.close()
        yield lab


@dataclass
class Client:
    """One open stream."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    ids: list[int] = field(default_factory=list)

    async def read_to(self, last: int) -> None:
        while not self.ids or self.ids[-1] < last:
            line = await self.reader.readline()
            assert line, f"the stream ended after event {self.ids[-1:]}"
            if line.startswith(b"id: "):
                self.ids.append(int(line.removeprefix(b"id: ")))


def test_five_hundred_listeners_use_bounded_memory_and_affect_no_other(lab: Lab) -> None:
    asyncio.run(crowd(lab))


async def crowd(lab: Lab) -> None:
    backend = psutil.Process(lab.process.pid)
    before = backend.memory_info().rss
    start = int(lab.client.get("/runs").headers["Skiplab-Event-Id"])
    clients = [await connect(lab, after=start) for _ in range(READING + NEVER_READING + VANISHING)]
    random.shuffle(clients)
    reading, vanishing = clients[:READING], clients[READING : READING + VANISHING]

    submitting = asyncio.create_task(asyncio.to_thread(submit_many, lab))
    for client in vanishing:
        client.writer.transport.abort()
        await asyncio.sleep(0.01)
    last = await submitting
    await asyncio.wait_for(asyncio.gather(*(client.read_to(last) for client in reading)), WITHIN_SECONDS)

    # From the database, while the others are still connected.
    replaying = [await connect(lab, after=start) for _ in range(REPLAYING)]
    await asyncio.wait_for(asyncio.gather(*(client.read_to(last) for client in replaying)), WITHIN_SECONDS)

    wanted = reading[0].ids
    assert len(wanted) == RUNS
    assert all(client.ids == wanted for client in [*reading, *replaying])
    assert wanted == sorted(set(wanted))
    assert backend.memory_info().rss - before < MEMORY
    assert lab.client.get("/runs", timeout=5).json()["total"] == RUNS
    for client in [*clients, *replaying]:
        client.writer.close()
        with suppress(ConnectionError):
            await client.writer.wait_closed()


async def connect(lab: Lab, *, after: int) -> Client:
    address = urlsplit(lab.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"GET /api/v1/events?after={after} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
    status = await reader.readline()
    assert b"200" in status, status
    return Client(reader, writer)


def submit_many(lab: Lab) -> int:
    """Return the id of the last event."""
    for number in range(RUNS):
        lab.submit(name=f"run {number}")
    return int(lab.client.get("/runs", params={"limit": 1}).headers["Skiplab-Event-Id"])
