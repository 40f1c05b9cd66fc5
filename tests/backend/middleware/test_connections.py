"""Connection limits, on real sockets: a server with many silent connections keeps working."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from backend import server
from backend.middleware import http_protocol
from backend.middleware.connections import Connections, Limits, limits_for
from backend.settings import Settings
from tests.lab import free_port, running_web, until

BRIEF = Limits(total=8, per_address=4, spare=2, head_seconds=0.4, body_seconds=0.4, body_bytes=1000, answer_seconds=0.4)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Return the number of bytes received; `/stream` never ends, `/large` exceeds any socket buffer."""
    request = Request(scope, receive)
    answer: ASGIApp
    if request.url.path == "/stream":

        async def beats() -> AsyncIterator[bytes]:
            while True:
                yield b"beat\n"
                await asyncio.sleep(0.05)  # what a stream does

        answer = StreamingResponse(beats())
    elif request.url.path == "/large":
        answer = PlainTextResponse("x" * 20_000_000)
    else:
        answer = PlainTextResponse(str(len(await request.body())))
    await answer(scope, receive, send)


@contextmanager
def serving(limits: Limits, is_shared: Callable[[str], bool] = lambda _: False) -> Iterator[int]:
    """Run the server in a thread; yield its port."""
    port = free_port()
    connections = Connections(limits, is_shared=is_shared)
    listener = uvicorn.Server(
        uvicorn.Config(
            application, port=port, http=http_protocol.bounded(connections), lifespan="off", log_level="critical"
        )
    )
    listener.config.timeout_graceful_shutdown = 0
    thread = threading.Thread(target=listener.run)
    thread.start()
    try:
        until(lambda: listener.started, bool, 10)
        yield port
    finally:
        listener.should_exit = listener.force_exit = True
        thread.join(10)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(http_protocol, "POLL_SECONDS", 0.05)
    with serving(BRIEF) as port:
        yield port


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def ask(port: int, text: bytes) -> bytes:
    """Return everything received until the connection ends."""
    with connect(port) as client:
        with suppress(ConnectionError):  # refused before it was whole
            client.sendall(text)
        return rest(client)


def rest(client: socket.socket) -> bytes:
    found = b""
    with suppress(ConnectionResetError):
        while piece := client.recv(65536):
            found += piece
    return found


def get(path: str, *, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n".encode()


def test_silent_connections_are_closed_and_partial_requests_get_408(port: int) -> None:
    with connect(port) as silent, connect(port) as half:
        half.sendall(b"GET / HTTP/1.1\r\nHost:")
        assert rest(silent) == b""
        assert rest(half).startswith(b"HTTP/1.1 408 ")


def test_a_few_bytes_now_and_then_do_not_keep_a_connection_open(port: int) -> None:
    with connect(port) as client:

        def drip() -> None:
            for _ in range(60):
                client.sendall(b"X")
                time.sleep(0.05)  # a slow client

        with pytest.raises(ConnectionError):
            drip()


def test_a_body_may_be_slow_but_must_make_progress(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6000\r\n\r\n"
    with connect(port) as slow, connect(port) as stuck:
        stuck.sendall(head + b"x" * 900)
        slow.sendall(head)
        for _ in range(10):
            slow.sendall(b"x" * 600)
            time.sleep(0.12)  # a slow client: all in all three times as long as one may stand still
        assert rest(slow).endswith(b"6000")
        assert rest(stuck).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_reads_nothing_of_a_response_is_disconnected(port: int) -> None:
    with connect(port) as client:
        client.sendall(get("/large"))
        time.sleep(1.2)  # a client that takes nothing, for longer than it may
        assert len(rest(client)) < 20_000_000


def test_a_stream_that_is_read_goes_on(port: int) -> None:
    with connect(port) as client:
        client.sendall(get("/stream"))
        began, read = time.monotonic(), 0
        while time.monotonic() - began < 1.2:
            read += client.recv(1000).count(b"beat")
        assert read > 5


def test_the_longest_idle_connection_is_dropped_and_streams_are_not(port: int) -> None:
    with ExitStack() as stack:
        stream = stack.enter_context(connect(port))
        stream.sendall(get("/stream"))
        assert stream.recv(100).startswith(b"HTTP/1.1 200")
        silent = [stack.enter_context(connect(port)) for _ in range(3 * BRIEF.per_address)]
        assert ask(port, get("/")).startswith(b"HTTP/1.1 200")
        assert rest(silent[0]) == b""
        assert b"beat" in stream.recv(100)


def test_a_client_still_reading_a_response_is_not_dropped_for_newcomers() -> None:
    with serving(Limits(total=50, per_address=3)) as port, ExitStack() as stack:
        taking = stack.enter_context(connect(port))
        taking.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        taken = len(taking.recv(1000))
        silent = [stack.enter_context(connect(port)) for _ in range(3)]
        assert rest(silent[0]) == b""  # so that the newest has been let in
        while taken < 20_000_000 and (piece := taking.recv(1 << 20)):
            taken += len(piece)
        assert taken > 20_000_000


def test_the_connection_answered_last_is_dropped_last() -> None:
    with serving(Limits(total=50, per_address=3)) as port, ExitStack() as stack:
        kept, *others = [stack.enter_context(connect(port)) for _ in range(3)]
        for other in others:  # answered, so that they have been let in before `kept` is answered
            assert_answered(other)
        for other in others:
            assert_answered(kept)
            stack.enter_context(connect(port))
            assert rest(other) == b""


def assert_answered(client: socket.socket) -> None:
    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    answered = b""
    while not answered.endswith(b"\r\n\r\n0"):
        piece = client.recv(1000)
        assert piece
        answered += piece


def test_an_upgrade_is_a_request_like_others(tmp_path: Path) -> None:
    # Whether or not the package `websockets` is here, which plugins may bring along.
    made = server.config(FastAPI(), Settings(home=tmp_path))
    made.load()
    assert made.ws_protocol_class is None
    assert made.ws == "none"


def test_one_address_cannot_exhaust_the_limit_and_spare_connections_are_for_health_checks() -> None:
    with serving(BRIEF) as port, ExitStack() as stack:
        for _ in range(BRIEF.per_address):
            streaming(stack, port)
        assert ask(port, get("/")).startswith(b"HTTP/1.1 503")
    with serving(BRIEF, is_shared=lambda _: True) as port, ExitStack() as stack:
        for _ in range(BRIEF.total):
            streaming(stack, port)
        assert ask(port, get("/")).startswith(b"HTTP/1.1 503")
        assert ask(port, get("/healthz")).startswith(b"HTTP/1.1 200")


def streaming(stack: ExitStack, port: int) -> None:
    client = stack.enter_context(connect(port))
    client.sendall(get("/stream"))
    assert client.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "text",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 5\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_an_ambiguous_request_is_refused_and_its_connection_closed(served: int, text: bytes) -> None:
    answered = ask(served, text)
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert answered.count(b"HTTP/1.1 ") == 1


def test_a_head_without_end_is_refused_before_it_is_whole(served: int) -> None:
    answered = ask(served, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000)
    # What is sent on after the refusal may take it away on its way (a reset).
    assert answered.startswith(b"HTTP/1.1 400 ") or answered == b""


@pytest.fixture(scope="module")
def served() -> Iterator[int]:
    """For tests without timeouts of their own."""
    with serving(Limits(total=50, per_address=50, head_seconds=2)) as port:
        yield port


@pytest.mark.parametrize(
    "text",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 4\n\nabcd",
        b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: a\r\n b\r\nContent-Length: 4\r\n\r\nabcd",
    ],
)
def test_valid_requests_have_one_interpretation(served: int, text: bytes) -> None:
    assert ask(served, text).endswith(b"\r\n\r\n4")


def test_limits_fit_the_descriptors() -> None:
    for descriptors in (1024, 4096, 1 << 20):
        limits = limits_for(descriptors)
        assert 2 * (limits.total + limits.spare) < descriptors
        assert 4 * limits.per_address <= limits.total


def test_a_lab_with_few_descriptors_survives_more_silent_connections_than_it_has(tmp_path: Path) -> None:
    few = ("prlimit", "--nofile=512:512")
    with running_web(tmp_path / "home", before=few) as lab, ExitStack() as stack:
        port = int(lab.url.rpartition(":")[2])
        stream = stack.enter_context(connect(port))
        stream.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert stream.recv(100).startswith(b"HTTP/1.1 200")
        for _ in range(600):
            stack.enter_context(connect(port))
        assert lab.client.get(f"{lab.url}/healthz").status_code == 200
        assert lab.client.get("/runs").status_code == 200
        assert lab.client.post("/tokens", json={"name": "seen by the stream"}).status_code == 201
        assert "accept" not in lab.log.read_text()
