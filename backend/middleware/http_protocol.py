"""Uvicorn's HTTP/1.1 protocol with connection limits, timeouts for slow clients and protection against request
smuggling."""

import asyncio
from functools import partial
from typing import Any, cast

import h11
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from backend.errors import NotReady, answer
from backend.middleware.connections import Admission, Connections, Limits

LARGEST_HEAD = 64 << 10
"""Bytes of a request line and headers."""

POLL_SECONDS = 1.0

HEALTH = ("/healthz", "/readyz")

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"


class BoundedProtocol(H11Protocol):
    """One connection."""

    def __init__(self, *, connections: Connections, timeout_task: "TimeoutTask", **given: Any) -> None:
        super().__init__(**given)
        self.conn = StrictConnection(h11.SERVER, LARGEST_HEAD)
        self._connections, self._timeout_task = connections, timeout_task
        self.address = ""
        self._received = 0
        self._timeouts = Timeouts(self, connections.limits)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        self.address = str((transport.get_extra_info("peername") or ("",))[0])
        # Before uvicorn's own: admission may close other connections through their transports.
        self.transport = transport
        admission = self._connections.admit(self)
        if admission is None:
            transport.write(TOO_MANY)
            transport.close()
            return
        if admission is Admission.HEALTH_ONLY:
            self.app = cast(Any, HealthOnly(cast(ASGIApp, self.app)))
        super().connection_made(transport)
        self._timeout_task.start(self.loop)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.remove(self)
        if self.flow is not None:  # None if it was refused
            super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._connections.mark_idle(self)
        super().on_response_complete()

    @property
    def is_idle(self) -> bool:
        # The application finishes its response long before the client has read it.
        return self.conn.their_state is h11.IDLE and not self.unsent

    @property
    def is_sending_body(self) -> bool:
        """Whether the client is sending a body and this side is not blocking it."""
        held_up = self.flow.read_paused or self.conn.they_are_waiting_for_100_continue
        return self.conn.their_state is h11.SEND_BODY and not held_up

    @property
    def received(self) -> int:
        """Bytes received in total."""
        return self._received

    @property
    def unsent(self) -> int:
        """Bytes of responses that the client has not read yet."""
        return self.transport.get_write_buffer_size()

    def check_timeouts(self, now: float) -> None:
        if self._timeouts.expired(now):
            self.drop()

    def drop(self) -> None:
        self._connections.remove(self)
        partial, _ = self.conn.trailing_data if self.is_idle else (b"a body", False)
        if partial and not self.unsent and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(TOO_SLOW)
            self.transport.close()
        else:
            self.transport.abort()


class Timeouts:
    """Detect connections whose client is too slow."""

    def __init__(self, connection: BoundedProtocol, limits: Limits) -> None:
        self._connection, self._limits = connection, limits
        self._stage: tuple[object, ...] = ()
        self._since = 0.0
        self._received = self._unsent = 0
        self._taken_at = 0.0

    def expired(self, now: float) -> bool:
        of = self._connection
        stage = (of.is_idle, of.is_sending_body, of.cycle)
        if stage != self._stage:
            self._stage, self._since, self._received = stage, now, of.received
        if of.unsent == 0 or of.unsent != self._unsent:
            self._unsent, self._taken_at = of.unsent, now
        return self._receives_too_slowly(now) or now - self._taken_at > self._limits.answer_seconds

    def _receives_too_slowly(self, now: float) -> bool:
        of, limits = self._connection, self._limits
        if of.is_idle:
            return now - self._since > limits.head_seconds
        if not of.is_sending_body or now - self._since <= limits.body_seconds:
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
    """Return what is wrong with a request that h11 accepts; empty if nothing is."""
    names = [name for name, _ in request.headers]
    if request.http_version not in (b"1.0", b"1.1"):
        return "unsupported HTTP version"
    if b"transfer-encoding" in names and (b"content-length" in names or request.http_version == b"1.0"):
        # RFC 9112, 6.3: a proxy may see another end of the request (request smuggling).
        return "ambiguous length"
    # h11 enforces its limit only if the head arrives in several pieces.
    if len(request.target) + sum(len(name) + len(value) for name, value in request.headers) > LARGEST_HEAD:
        return "request head too large"
    return ""


class HealthOnly:
    """Answer health checks, and anything else with 503, beyond the connection limit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].endswith(HEALTH):
            return await self._app(scope, receive, send)
        full = NotReady("Too many connections: try again in a few seconds.", retry_after=5)
        response = answer(full)
        response.headers["Connection"] = "close"
        return await response(scope, receive, send)


class TimeoutTask:
    """Check the timeouts of all connections periodically, while there are any."""

    def __init__(self, connections: Connections) -> None:
        self._connections, self._scheduled = connections, False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._scheduled:
            self._scheduled = True
            loop.call_later(POLL_SECONDS, self._check, loop)

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        self._scheduled = False
        self._connections.check_timeouts(loop.time())
        if len(self._connections):
            self.start(loop)


def bounded(connections: Connections) -> type[asyncio.Protocol]:
    """Return the protocol class for uvicorn, bound to these connections."""
    made = partial(BoundedProtocol, connections=connections, timeout_task=TimeoutTask(connections))
    return cast(type[asyncio.Protocol], made)
