"""/mcp: the tools of `skiplab.mcp` over HTTP, with the access of the token that each request brings.

The SDK takes 22 MB and half a second to import, so nothing of it is loaded before the first request.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from backend import api_paths
from backend.errors import NotReady, Problem, answer

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from skiplab.client import AsyncLab
    from skiplab.mcp.door import Headers

MOST_STREAMS = 50
"""Calls of tools at once; `wait` takes up to ten minutes. They have connections and memory of their own, so that agents
cannot take those of the page."""


class NotInstalled(Problem):
    status = HTTPStatus.NOT_IMPLEMENTED

    def __init__(self) -> None:
        super().__init__('This lab was installed without its tools for agents: pip install "skiplab[mcp]".')


class Agents:
    """Hosts the SDK's session manager for one lifespan of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._open = app, 0
        self._wanted, self._stopping = asyncio.Event(), asyncio.Event()
        self._manager: asyncio.Future[StreamableHTTPSessionManager] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve until the block ends. The manager is entered and left by one task, as its task group must be."""
        self._manager = asyncio.get_running_loop().create_future()
        hosting = asyncio.create_task(self._host(self._manager))
        try:
            yield
        finally:
            self._stopping.set()
            self._wanted.set()
            await hosting

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises NotInstalled, NotReady."""
        if find_spec("mcp") is None:
            raise NotInstalled
        if self._open >= MOST_STREAMS:
            raise NotReady(f"Agents have {MOST_STREAMS} calls open, the most at once: try again.", retry_after=5)
        self._open += 1
        try:
            self._wanted.set()
            assert self._manager is not None, "requests arrive within the lifespan"
            manager = await asyncio.shield(self._manager)
            await manager.handle_request(scope, receive, send)
        finally:
            self._open -= 1

    async def _host(self, ready: "asyncio.Future[StreamableHTTPSessionManager]") -> None:
        await self._wanted.wait()
        if self._stopping.is_set():
            return
        try:
            manager = await asyncio.to_thread(_session_manager, self._app)
            async with manager.run():
                ready.set_result(manager)
                await self._stopping.wait()
        except Exception as error:
            # The edge of a task: each request raises it again, which logs the traceback.
            if ready.done():
                raise
            ready.set_exception(error)


class Endpoint:
    """The route: ASGI, since responses are streams."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        agents = cast(Agents, scope["app"].state.agents)
        try:
            await agents.handle(scope, receive, send)
        except (NotInstalled, NotReady) as refusal:
            await answer(refusal)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Add the route. To be called before the page's, which matches every path."""
    method, path = api_paths.AGENTS
    # Without sessions there is nothing to listen to (GET) or to end (DELETE).
    app.router.routes.append(Route(path, Endpoint(), methods=[method]))


def _session_manager(app: ASGIApp) -> "StreamableHTTPSessionManager":
    """Import the SDK and create the server. Without sessions: every request brings its token, and none is kept."""
    from httpx2 import ASGITransport
    from mcp.server.transport_security import TransportSecuritySettings

    from skiplab.client import AsyncLab
    from skiplab.mcp.server import server

    # Like a server: a failure of the application is a 500 to its caller.
    transport = ASGITransport(app=app, raise_app_exceptions=False)

    @asynccontextmanager
    async def callers_lab(headers: "Headers") -> "AsyncIterator[AsyncLab]":
        # Never None, for which the client would take this process's own token from the environment.
        async with AsyncLab("http://127.0.0.1", _token(headers), transport=transport) as lab:
            yield lab

    made = server(callers_lab)
    # Host and Origin are checked by this application's own middleware.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    made.streamable_http_app(stateless_http=True, transport_security=security)
    return made.session_manager


def _token(headers: "Headers") -> str:
    """Return the caller's token; empty without one."""
    kind, _, token = (headers or {}).get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
