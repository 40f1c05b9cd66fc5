"""A path prefix behind a real proxy: one that strips the prefix, and one that does not."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count

import httpx2 as httpx
import pytest

from backend.db import workers
from backend.db.database import Database
from skiplab.contract.worker import Device
from tests.lab import Lab, free_port, running_web

ROOT = "/labs/skiplab"
TOKEN = "the-token-of-a-proxy-test"


BROWSERS = count(1)
"""Clients have separate addresses, so that rate limits do not affect other tests."""


class Proxy:
    """Forward bytes unbuffered, one connection per request. Claims to terminate TLS."""

    def __init__(self, target: int, *, takes_off: bool) -> None:
        self._target, self._takes_off = target, takes_off
        self._browser = f"203.0.113.{next(BROWSERS)}"

    async def __call__(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        async with _closing(back):
            head = (await client.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, _, fields = head.partition("\r\n")
            method, path, protocol = line.split(" ")
            inside = path.removeprefix(ROOT) if self._takes_off else path
            kept = [each for each in fields.splitlines() if each and not each.lower().startswith("connection:")]
            forwarded = [
                *kept,
                "X-Forwarded-Proto: https",
                f"X-Forwarded-For: {self._browser}",
                "Connection: close",
                "",
                "",
            ]
            answer, lab = await asyncio.open_connection("127.0.0.1", self._target)
            async with _closing(lab):
                lab.write("\r\n".join([f"{method} {inside} {protocol}", *forwarded]).encode("latin-1"))
                pumps = [asyncio.ensure_future(_pump(client, lab)), asyncio.ensure_future(_pump(answer, back))]
                try:
                    await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for pump in pumps:
                        pump.cancel()
                    await asyncio.gather(*pumps, return_exceptions=True)


@asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close it in any case: an open one warns when it is collected."""
    try:
        yield
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while chunk := await source.read(65536):
        target.write(chunk)
        await target.drain()


@contextmanager
def running_proxy(target: int, *, takes_off: bool) -> Iterator[str]:
    """Run it in a thread with its own event loop; yield the public URL."""
    port, loop, ready = free_port(), asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(Proxy(target, takes_off=takes_off), "127.0.0.1", port)
        ready.set()
        await stop.wait()
        server.close()
        await _end_all_others()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield f"http://127.0.0.1:{port}{ROOT}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


async def _end_all_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("proxied") / "home"
    with running_web(home, SKIPLAB_TOKEN=TOKEN, SKIPLAB_ROOT_PATH=ROOT) as lab:
        yield lab


@pytest.fixture(params=[True, False], ids=["takes the path off", "leaves the path on"])
def outside(request: pytest.FixtureRequest, lab: Lab) -> Iterator[httpx.Client]:
    """A browser behind the proxy."""
    port = int(lab.url.rpartition(":")[2])
    with (
        running_proxy(port, takes_off=request.param) as address,
        httpx.Client(base_url=address, timeout=30, trust_env=False) as client,
    ):
        yield client


def sign_in(outside: httpx.Client) -> httpx.Response:
    answer = outside.post("/api/v1/session", json={"token": TOKEN})
    assert answer.status_code == 200, answer.text
    # The proxy speaks no real TLS, so the client would keep a cookie for TLS back.
    outside.headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
    return answer


def test_the_cookie_is_for_this_path_and_for_tls_only(outside: httpx.Client) -> None:
    attributes = sign_in(outside).headers["Set-Cookie"].lower().split("; ")
    assert {"secure", "httponly", "samesite=strict", f"path={ROOT}"} <= set(attributes)


def test_authentication_applies_there_too(outside: httpx.Client) -> None:
    assert outside.get("/api/v1/runs").status_code == 401
    assert outside.get("/healthz").status_code == 200
    assert outside.get("/").status_code in (200, 503)

    sign_in(outside)

    assert outside.get("/api/v1/runs").json()["items"] == []


def test_the_address_without_its_last_slash_leads_to_the_page(lab: Lab) -> None:
    answer = lab.client.get(f"{lab.url}{ROOT}")
    assert answer.status_code == 307
    assert answer.headers["Location"] == f"{ROOT}/"


def test_links_lead_back_through_the_proxy(outside: httpx.Client) -> None:
    sign_in(outside)
    own = str(outside.base_url).removesuffix(f"{ROOT}/")
    made = outside.post("/api/v1/tokens", json={"name": f"at {own}"}, headers={"Origin": own})
    assert made.status_code == 201, made.text


def test_events_pass_the_proxy_as_they_happen(outside: httpx.Client, lab: Lab) -> None:
    sign_in(outside)
    database = Database(f"sqlite:///{lab.log.parent / 'home' / 'skiplab.db'}")
    with outside.stream("GET", "/api/v1/events", params={"after": 0}) as stream:
        assert stream.status_code == 200
        lines = stream.iter_lines()
        with database.write() as session:
            workers.register(session, name="seen through the proxy", devices=[Device(kind="cpu", name="x", index=0)])
        data = next(line for line in lines if line.startswith("data: ") and "seen through" in line)
    database.close()

    assert json.loads(data.removeprefix("data: "))["name"] == "seen through the proxy"


def test_guesses_are_counted_by_the_address_that_the_proxy_names(outside: httpx.Client, lab: Lab) -> None:
    for number in range(12):
        last = outside.get("/api/v1/runs", headers={"Authorization": f"Bearer guess-{number}-{outside.base_url}"})
    assert last.status_code == 429
    assert lab.client.get("/runs", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
