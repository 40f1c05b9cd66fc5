"""The client over a transport into the application of this process, as a server of agents uses it."""

import asyncio
from collections.abc import Callable

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from skiplab import AsyncLab
from skiplab.client import Invalid, NoAccess
from skiplab.contract.lifecycle import Status


def test_runs_are_submitted_and_cancelled_without_a_network(api: TestClient, worker_id: int) -> None:
    async def use() -> tuple[list[str], list[Status]]:
        async with AsyncLab("http://127.0.0.1", transport=httpx.ASGITransport(api.app)) as lab:
            made = await lab.submit(model="cnn", dataset="digits", vary={"seed": [0, 1]}, experiment="inside")
            await lab.bulk("cancel", made)
            ended = await lab.wait(made, timeout=5)
            assert [worker.id for worker in await lab.workers()] == [worker_id]
            return [run.name for run in ended], [run.status for run in ended]

    names, statuses = asyncio.run(use())
    assert names == ["cnn, seed 0", "cnn, seed 1"]
    assert statuses == [Status.CANCELLED, Status.CANCELLED]


def test_the_callers_token_goes_along(guarded: TestClient, token: Callable[..., str], worker_id: int) -> None:
    assert worker_id

    async def submit(given: str | None) -> int:
        async with AsyncLab("http://lab.example", given, transport=httpx.ASGITransport(guarded.app)) as lab:
            return (await lab.submit(model="cnn", dataset="digits")).run.id

    with pytest.raises(NoAccess, match="token"):
        asyncio.run(submit(None))
    with pytest.raises(NoAccess, match="read"):
        asyncio.run(submit(token("read")))
    assert asyncio.run(submit(token("write", "another"))) > 0


def test_a_refusal_names_the_field(api: TestClient, worker_id: int) -> None:
    assert worker_id

    async def submit() -> None:
        async with AsyncLab("http://127.0.0.1", transport=httpx.ASGITransport(api.app)) as lab:
            await lab.submit(model="cnn", dataset="digits", epochs=0)

    with pytest.raises(Invalid) as refused:
        asyncio.run(submit())
    assert [(error.field, error.value) for error in refused.value.errors] == [("epochs", 0)]
