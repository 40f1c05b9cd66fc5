"""Authentication of every request except for the public routes listed here."""

import time
from typing import cast

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import api_paths
from backend.auth.agents import agent_may
from backend.auth.authenticator import ANYONE, AgentMayNot, Authenticator, Caller, NoToken, ReadOnlyToken
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.errors import Problem, answer, answer_without_database
from backend.middleware.host_names import host_port
from backend.middleware.hosts import check_origin
from backend.middleware.routing import is_page
from backend.settings import Settings

SESSION_PATH = api_paths.PREFIX + api_paths.SESSION

PUBLIC = frozenset({("GET", "/healthz"), ("GET", "/readyz"), ("POST", SESSION_PATH)})
"""Method and path of routes that need no token, besides the page's static files."""

READING = frozenset({"GET", "OPTIONS"})
"""Methods allowed with scope `read`. HEAD arrives as GET (`middleware.head_and_range`)."""

MOST_THREADS = 16
"""Threads for database queries of authentication."""

RECHECK_SECONDS = 10
"""How often the token of a long response is checked again; a stream sends at least every 15 s."""


def cookie_of(headers: Headers, settings: Settings) -> str | None:
    """Return the session's cookie that the browser sent."""
    return cookie_parser(headers.get("cookie", "")).get(cookie_name(headers, settings))


def cookie_name(headers: Headers, settings: Settings) -> str:
    """Return the name of the session cookie. It includes the port that the browser uses, since cookies ignore ports and
    two servers on one host would overwrite each other's."""
    return f"skiplab-{host_port(headers.get('host', '')) or settings.port}"


class AuthMiddleware:
    """Plain ASGI, so that it runs before the body is read. Stores the caller in the request's state."""

    def __init__(self, app: ASGIApp, settings: Settings, authenticator: Authenticator) -> None:
        self._app, self._settings, self._authenticator = app, settings, authenticator
        # A separate limiter: requests that wait for the database in other threads must not block authentication.
        self._threads = CapacityLimiter(MOST_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # There are no WebSocket routes; a future one has to be authenticated here.
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            try:
                caller = await self._authenticate(scope)
            except Problem as problem:
                await answer(problem)(scope, receive, send)
                return
            except (DatabaseBusy, DatabaseUnusable) as error:
                # Nothing was executed yet, so even a write may be retried.
                await answer_without_database(error)(scope, receive, send)
                return
            scope.setdefault("state", {})["caller"] = caller
            if caller is not None and (caller.token_id, caller.sign_in_id) != (None, None):
                send = self._while_valid(scope, send, caller)
        await self._app(scope, receive, send)

    def _while_valid(self, scope: Scope, send: Send, caller: Caller) -> Send:
        """End a long response, such as a stream, once its token is revoked or its session has ended."""
        checked, ended = time.monotonic(), False

        async def send_while_valid(message: Message) -> None:
            nonlocal checked, ended
            if ended:
                return
            if message["type"] == "http.response.body" and time.monotonic() - checked > RECHECK_SECONDS:
                checked = time.monotonic()
                if not await run_sync(self._is_valid, _database(scope), caller, limiter=self._threads):
                    # To the route it looks like a disconnected client.
                    ended, message = True, {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        return send_while_valid

    def _is_valid(self, database: Database, caller: Caller) -> bool:
        """While the database is unavailable the token counts as valid: no new data can be read then."""
        try:
            return self._authenticator.is_valid(database, caller)
        except (DatabaseBusy, DatabaseUnusable):
            return True

    async def _authenticate(self, scope: Scope) -> Caller | None:
        """Return the caller; None for public routes. Raises a Problem."""
        headers, writing = Headers(scope=scope), scope["method"] not in READING
        bearer = _bearer_token(headers)
        cookie = None if bearer else cookie_of(headers, self._settings)
        if writing and not bearer:
            # Other sites can make a browser send a cookie, but neither the header nor a matching origin (CSRF).
            check_origin(headers, other_names=self._settings.other_names, must_be_known=cookie is not None)
        if not self._settings.needs_token:
            # An agent's token limits its caller even where none is needed.
            return _allowed(scope, await self._agent(scope, bearer) or ANYONE)
        if _is_public(scope):
            return None
        if bearer:
            client, _ = scope.get("client") or ("", 0)
            caller = await run_sync(
                self._authenticator.authenticate, _database(scope), bearer, client, limiter=self._threads
            )
        elif cookie:
            caller = await run_sync(
                self._authenticator.authenticate_session, _database(scope), cookie, limiter=self._threads
            )
        else:
            raise NoToken
        return _allowed(scope, caller)

    async def _agent(self, scope: Scope, bearer: str | None) -> Caller | None:
        if not bearer:
            return None
        return await run_sync(self._authenticator.agent_of, _database(scope), bearer, limiter=self._threads)


def _allowed(scope: Scope, caller: Caller) -> Caller:
    """Return the caller. Raises a Problem if its scope does not allow the request."""
    if caller.scope == "write" or scope["method"] in READING:
        return caller
    path = _path(scope)
    if (scope["method"], path) == api_paths.AGENTS:
        return caller  # the tools' own requests are checked
    if caller.scope == "read":
        raise ReadOnlyToken(str(caller.name))
    if not agent_may(scope["method"], path):
        raise AgentMayNot(str(caller.name), scope["method"], path)
    return caller


def _path(scope: Scope) -> str:
    """Return the path without the root path."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _database(scope: Scope) -> Database:
    return cast(Database, scope["app"].state.database)


def _bearer_token(headers: Headers) -> str | None:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _is_public(scope: Scope) -> bool:
    if (scope["method"], _path(scope)) in PUBLIC:
        return True
    return scope["method"] == "GET" and is_page(scope)
