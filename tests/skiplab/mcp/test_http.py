"""`/mcp` of a real lab, driven by the official SDK's client with the token of an agent."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from backend.agents.endpoint import MOST_STREAMS
from tests.lab import Lab, announced_home, running_lab, running_web
from tests.skiplab.mcp.agent import CLAIMS, TINY, ToolRefused, ask, walk

BUDGET = {"runs": 8, "device_hours": 1}


def with_claims(home: Path) -> Path:
    announced_home(home)
    (home / "claims").mkdir()
    (home / "claims" / "own.toml").write_text(CLAIMS)
    return home


def agents_token(lab: Lab, **headers: str) -> str:
    new = {"name": "night", "scope": "agent", "budget": BUDGET}
    made = lab.client.post("/tokens", json=new, headers=headers)
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


def over_http(lab: Lab, token: str) -> tuple[httpx2.AsyncClient, Client]:
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60)
    return http, Client(streamable_http_client(f"{lab.url}/mcp", http_client=http))


@pytest.mark.timeout(300)
def test_an_agent_walks_from_a_question_to_a_verdict_within_its_budget(tmp_path: Path) -> None:
    async def session(lab: Lab) -> None:
        http, client = over_http(lab, agents_token(lab))
        async with http, client:
            with pytest.raises(ToolRefused, match="Queue one of them, and wait for it"):
                await ask(client, "launch", spec=TINY, vary={"model": ["cnn"], "seed": [8, 9]})
            first = await ask(client, "launch", spec={**TINY, "model": "cnn", "seed": 9})
            assert first["budget"] == {**BUDGET, "used_runs": 1, "used_device_hours": 0.0}
            while not (await ask(client, "wait", runs=first["runs"]))["ended"]:
                pass
            await walk(client)
            with pytest.raises(ToolRefused, match="budget is 8 runs: 7 are used, 2 were asked for"):
                await ask(client, "launch", spec=TINY, vary={"model": ["cnn"], "seed": [8, 9]})

    with running_lab(with_claims(tmp_path / "home")) as lab:
        asyncio.run(session(lab))


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that requires a token, without a worker."""
    home = announced_home(tmp_path_factory.mktemp("web") / "home")
    with running_web(home, SKIPLAB_TOKEN=OWNER) as web:
        yield web


OWNER = "owner-of-this-lab-0123456789"
BEARER = {"Authorization": f"Bearer {OWNER}"}

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
ACCEPT = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}


def test_the_first_request_loads_the_sdk_in_little_memory(tmp_path: Path) -> None:
    with running_web(announced_home(tmp_path / "home")) as web:
        process = psutil.Process(web.process.pid)
        before = process.memory_info().rss
        listed = web.client.post(f"{web.url}/mcp", json={**CALL, "method": "tools/list"}, headers=ACCEPT)
        assert listed.status_code == 200
        assert '"name":"judge"' in listed.text
        assert process.memory_info().rss - before < 60 << 20


def test_without_a_token_nothing_is_answered(web: Lab) -> None:
    assert web.client.post(f"{web.url}/mcp", json=CALL, headers=ACCEPT).status_code == 401
    wrong = {**ACCEPT, "Authorization": "Bearer wrong"}
    assert web.client.post(f"{web.url}/mcp", json=CALL, headers=wrong).status_code == 401


def test_it_is_exactly_one_path_and_method(web: Lab) -> None:
    for method, path in (("GET", "/mcp"), ("DELETE", "/mcp"), ("POST", "/mcp/"), ("POST", "/mcp/sse")):
        answer = web.client.request(method, f"{web.url}{path}", headers={**ACCEPT, **BEARER}, json=CALL)
        assert answer.status_code in (404, 405), (method, path)


def test_tools_have_the_access_of_the_caller_and_not_of_the_lab(web: Lab) -> None:
    """The web process has its owner's token in its environment."""
    assert "SKIPLAB_TOKEN" not in os.environ
    read = web.client.post("/tokens", json={"name": "reader", "scope": "read"}, headers=BEARER).json()["token"]

    async def session() -> None:
        http, client = over_http(web, read)
        async with http, client:
            assert (await ask(client, "offers"))["networks"]
            with pytest.raises(ToolRefused, match="read-only"):
                await ask(client, "launch", spec=TINY)

    asyncio.run(session())


def test_fifty_calls_stay_open_and_the_page_is_served_beside_them(web: Lab) -> None:
    """The next is refused, and a run's end ends them all."""
    run = web.client.post("/runs", json={"model": "cnn", "dataset": "digits"}, headers=BEARER).json()["id"]
    body = {**CALL, "params": {"name": "wait", "arguments": {"runs": [run], "seconds": 120}}}

    async def opened(http: httpx2.AsyncClient, stack: AsyncExitStack) -> httpx2.Response:
        return await stack.enter_async_context(http.stream("POST", f"{web.url}/mcp", json=body))

    async def session() -> list[str]:
        limits = httpx2.Limits(max_connections=None)
        http = httpx2.AsyncClient(headers={**ACCEPT, **BEARER}, timeout=60, limits=limits)
        async with http, AsyncExitStack() as stack:
            streams = await asyncio.gather(*(opened(http, stack) for _ in range(MOST_STREAMS)))
            assert {stream.status_code for stream in streams} == {200}
            refused = await http.post(f"{web.url}/mcp", json=body)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
            assert (await http.get(f"{web.url}/api/v1/runs/{run}")).json()["status"] == "queued"
            await http.post(f"{web.url}/api/v1/runs/{run}/cancel")
            parts = await asyncio.gather(*(stream.aread() for stream in streams))
        return [part.decode() for part in parts]

    ends: list[Any] = asyncio.run(session())
    assert len(ends) == 50
    assert all('"ended":true' in end.replace(" ", "") for end in ends)
