"""The gate before every route: nobody passes without a token but to what is listed here as public."""

import time
from typing import cast

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.auth.doorkeeper import ANYONE, Doorkeeper, NoToken, OnlyReading, Visitor
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.doors.host_names import host_port
from backend.doors.hosts import check_origin
from backend.doors.routing import is_page
from backend.errors import Problem, answer, answer_without_database
from backend.settings import Settings

SESSION_PATH = "/api/v1/session"

PUBLIC = frozenset({("GET", "/healthz"), ("GET", "/readyz"), ("POST", SESSION_PATH)})
"""Method and path of all that is open without a token, beside the page's own files."""

READING = frozenset({"GET", "OPTIONS"})
"""Methods that a token of scope `read` may use. HEAD comes here as GET (`doors.reading`)."""

MOST_THREADS = 16
"""That ask the database for a token at once."""

LOOK_AGAIN_SECONDS = 10
"""How long an answer may go on before its token is looked at again; a stream breathes every 15 s at least."""


def cookie_of(headers: Headers, settings: Settings) -> str | None:
    """The session's, as the browser has sent it."""
    return cookie_parser(headers.get("cookie", "")).get(cookie_name(headers, settings))


def cookie_name(headers: Headers, settings: Settings) -> str:
    """Cookies do not know ports: two labs on one host must not overwrite each other's. The port is the one that the
    browser sees; in a container it is another than the process's own."""
    return f"skiplab-{host_port(headers.get('host', '')) or settings.port}"


class Gate:
    """Plain ASGI, before anything of the request's body is read. Leaves the visitor in the request's state."""

    def __init__(self, app: ASGIApp, settings: Settings, doorkeeper: Doorkeeper) -> None:
        self._app, self._settings, self._doorkeeper = app, settings, doorkeeper
        # Of its own: whoever waits for the database in other threads must not keep everybody out.
        self._threads = CapacityLimiter(MOST_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # There are none; one that is added has to come by here.
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            try:
                visitor = await self._let_in(scope)
            except Problem as problem:
                await answer(problem)(scope, receive, send)
                return
            except (DatabaseBusy, DatabaseUnusable) as error:
                # Nothing has begun yet, so that even a write may be sent again.
                await answer_without_database(error)(scope, receive, send)
                return
            scope.setdefault("state", {})["visitor"] = visitor
            if visitor is not None and (visitor.token_id, visitor.sign_in_id) != (None, None):
                send = self._while_welcome(scope, send, visitor)
        await self._app(scope, receive, send)

    def _while_welcome(self, scope: Scope, send: Send, visitor: Visitor) -> Send:
        """Ends an answer that goes on and on, such as a stream, once its token has been revoked or its session has
        ended."""
        looked, ended = time.monotonic(), False

        async def send_while_welcome(message: Message) -> None:
            nonlocal looked, ended
            if ended:
                return
            if message["type"] == "http.response.body" and time.monotonic() - looked > LOOK_AGAIN_SECONDS:
                looked = time.monotonic()
                if not await run_sync(self._still_knows, _database(scope), visitor, limiter=self._threads):
                    # The route hears of it as of a client that has gone.
                    ended, message = True, {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        return send_while_welcome

    def _still_knows(self, database: Database, visitor: Visitor) -> bool:
        """A database that cannot say now is asked again soon; until it can, nothing new comes out of it either."""
        try:
            return self._doorkeeper.still_knows(database, visitor)
        except (DatabaseBusy, DatabaseUnusable):
            return True

    async def _let_in(self, scope: Scope) -> Visitor | None:
        """The visitor; None before what is public. Raises a Problem."""
        headers, writing = Headers(scope=scope), scope["method"] not in READING
        shown = _shown_token(headers)
        cookie = None if shown else cookie_of(headers, self._settings)
        if writing and not shown:
            # Other sites can make a browser send a cookie, but neither the header nor their own page as its origin.
            check_origin(headers, other_names=self._settings.other_names, must_be_known=cookie is not None)
        if not self._settings.needs_token:
            return ANYONE
        if _is_public(scope):
            return None
        if shown:
            client, _ = scope.get("client") or ("", 0)
            visitor = await run_sync(self._doorkeeper.admit, _database(scope), shown, client, limiter=self._threads)
        elif cookie:
            visitor = await run_sync(self._doorkeeper.recognise, _database(scope), cookie, limiter=self._threads)
        else:
            raise NoToken
        if writing and visitor.scope != "write":
            raise OnlyReading(str(visitor.name))
        return visitor


def _database(scope: Scope) -> Database:
    return cast(Database, scope["app"].state.database)


def _shown_token(headers: Headers) -> str | None:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _is_public(scope: Scope) -> bool:
    if (scope["method"], scope["path"].removeprefix(scope.get("root_path", ""))) in PUBLIC:
        return True
    return scope["method"] == "GET" and is_page(scope)
