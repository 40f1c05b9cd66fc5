"""The gate before every route: nobody passes without a token but to what is listed here as public."""

import asyncio
from typing import cast

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from backend import page
from backend.auth.doorkeeper import ANYONE, Doorkeeper, NoToken, OnlyReading, Visitor
from backend.db.database import Database
from backend.doors.hosts import check_origin
from backend.errors import Problem, answer
from backend.settings import Settings

SESSION_PATH = "/api/v1/session"

PUBLIC = frozenset({("GET", "/healthz"), ("GET", "/readyz"), ("POST", SESSION_PATH)})
"""Method and path of all that is open without a token, beside the page's own files."""

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that a token of scope `read` may use."""


def cookie_name(settings: Settings) -> str:
    """Cookies do not know ports: two labs on one host must not overwrite each other's."""
    return f"skiplab-{settings.port}"


class Gate:
    """Plain ASGI, before anything of the request's body is read. Leaves the visitor in the request's state."""

    def __init__(self, app: ASGIApp, settings: Settings, doorkeeper: Doorkeeper) -> None:
        self._app, self._settings, self._doorkeeper = app, settings, doorkeeper

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
            scope.setdefault("state", {})["visitor"] = visitor
        await self._app(scope, receive, send)

    async def _let_in(self, scope: Scope) -> Visitor | None:
        """The visitor; None before what is public. Raises a Problem."""
        headers, writing = Headers(scope=scope), scope["method"] not in READING
        shown = _shown_token(headers)
        cookie = None if shown else cookie_parser(headers.get("cookie", "")).get(cookie_name(self._settings))
        if writing and not shown:
            # Other sites can make a browser send a cookie, but neither the header nor their own page as its origin.
            check_origin(headers, other_names=self._settings.other_names, must_be_known=cookie is not None)
        if not self._settings.needs_token:
            return ANYONE
        if _is_public(scope):
            return None
        token = shown or cookie
        if not token:
            raise NoToken
        database, client = cast(Database, scope["app"].state.database), scope.get("client") or ("", 0)
        visitor = await asyncio.to_thread(self._doorkeeper.admit, database, token, client[0])
        if writing and visitor.scope != "write":
            raise OnlyReading(str(visitor.name))
        return visitor


def _shown_token(headers: Headers) -> str | None:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _is_public(scope: Scope) -> bool:
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    if (method, scope["path"].removeprefix(scope.get("root_path", ""))) in PUBLIC:
        return True
    return method == "GET" and _is_page(scope)


def _is_page(scope: Scope) -> bool:
    """Whether the request falls through every route to the page, which stands last."""
    for route in scope["app"].routes:
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            return getattr(route, "name", None) == page.NAME
    return False
