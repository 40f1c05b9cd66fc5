"""Uvicorn's HTTP/1.1 with what it lacks: bounds on how many clients there are and on how long one may say or take
nothing; and no request whose end two readers would see in two places."""

import asyncio
from functools import partial
from typing import Any, cast

import h11
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from backend.errors import NotReady, answer
from backend.middleware.connections import Connections, Limits, Seat

LARGEST_HEAD = 64 << 10
"""Bytes of a request's line and headers."""

POLL_SECONDS = 1.0

HEALTH = ("/healthz", "/readyz")

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"


class BoundedProtocol(H11Protocol):
    """One connection."""

    def __init__(self, *, connections: Connections, watch: "Watch", **given: Any) -> None:
        super().__init__(**given)
        self.conn = StrictConnection(h11.SERVER, LARGEST_HEAD)
        self._connections, self._watch = connections, watch
        self.address = ""
        self._received = 0
        self._patience = Patience(self, connections.limits)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self.address = str((transport.get_extra_info("peername") or ("",))[0])
        # Before uvicorn's: whoever has to go for this one is told by its own transport.
        self.transport = transport
        seat = self._connections.authenticate(self)
        if seat is None:
            transport.write(TOO_MANY)
            transport.close()
            return
        if seat is Seat.SPARE:
            self.app = cast(Any, OnlyHealth(cast(ASGIApp, self.app)))
        super().connection_made(transport)
        self._watch.begin(self.loop)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.forget(self)
        if self.flow is not None:  # else it was never let in
            super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._connections.begins_to_wait(self)
        super().on_response_complete()

    @property
    def waits(self) -> bool:
        # The application has sent its answer long before the client has taken it.
        return self.conn.their_state is h11.IDLE and not self.unsent

    @property
    def sends_body(self) -> bool:
        """And is not held up by this side."""
        held_up = self.flow.read_paused or self.conn.they_are_waiting_for_100_continue
        return self.conn.their_state is h11.SEND_BODY and not held_up

    @property
    def received(self) -> int:
        """Bytes, in all."""
        return self._received

    @property
    def unsent(self) -> int:
        """Bytes of answers that the client has not taken yet."""
        return self.transport.get_write_buffer_size()

    def look(self, now: float) -> None:
        if self._patience.is_over(now):
            self.drop()

    def drop(self) -> None:
        self._connections.forget(self)
        half_asked, _ = self.conn.trailing_data if self.waits else (b"a body", False)
        if half_asked and not self.unsent and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(TOO_SLOW)
            self.transport.close()
        else:
            self.transport.abort()


class Patience:
    """Tells when a connection has been waited for too long."""

    def __init__(self, connection: BoundedProtocol, limits: Limits) -> None:
        self._connection, self._limits = connection, limits
        self._stage: tuple[object, ...] = ()
        self._since = 0.0
        self._received = self._unsent = 0
        self._taken_at = 0.0

    def is_over(self, now: float) -> bool:
        of, stage = self._connection, (self._connection.waits, self._connection.sends_body, self._connection.cycle)
        if stage != self._stage:
            self._stage, self._since, self._received = stage, now, of.received
        if of.unsent == 0 or of.unsent != self._unsent:
            self._unsent, self._taken_at = of.unsent, now
        return self._says_nothing(now) or now - self._taken_at > self._limits.answer_seconds

    def _says_nothing(self, now: float) -> bool:
        of, limits = self._connection, self._limits
        if of.waits:
            return now - self._since > limits.head_seconds
        if not of.sends_body or now - self._since <= limits.body_seconds:
            return False
        enough = of.received - self._received >= limits.body_bytes
        self._since, self._received = now, of.received
        return not enough


class StrictConnection(h11.Connection):
    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request) and (wrong := _wrong_with(event)):
            raise h11.RemoteProtocolError(wrong)
        return event


def _wrong_with(request: h11.Request) -> str:
    """What h11 lets pass; empty where nothing is wrong."""
    names = [name for name, _ in request.headers]
    if request.http_version not in (b"1.0", b"1.1"):
        return "another protocol"
    if b"transfer-encoding" in names and (b"content-length" in names or request.http_version == b"1.0"):
        # RFC 9112, 6.3: a proxy before the lab may have found another end.
        return "ambiguous length"
    # h11's own bound holds only for a head that comes in pieces.
    if len(request.target) + sum(len(name) + len(value) for name, value in request.headers) > LARGEST_HEAD:
        return "head too large"
    return ""


class OnlyHealth:
    """What is answered where there is no room for more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].endswith(HEALTH):
            return await self._app(scope, receive, send)
        full = NotReady("The lab has as many connections as it can hold: try again in a moment.", retry_after=5)
        response = answer(full)
        response.headers["Connection"] = "close"
        return await response(scope, receive, send)


class Watch:
    """Looks at every connection now and then, for as long as there are any."""

    def __init__(self, connections: Connections) -> None:
        self._connections, self._looks = connections, False

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._looks:
            self._looks = True
            loop.call_later(POLL_SECONDS, self._check, loop)

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looks = False
        self._connections.look(loop.time())
        if len(self._connections):
            self.begin(loop)


def bounded(connections: Connections) -> type[asyncio.Protocol]:
    """What uvicorn makes its connections with."""
    made = partial(BoundedProtocol, connections=connections, watch=Watch(connections))
    return cast(type[asyncio.Protocol], made)
