"""`Idempotency-Key`: a POST that is sent again, by a double click or after a lost connection, makes nothing twice."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.db import first_answers
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.db.first_answers import FirstAnswer
from backend.errors import Conflict, FieldError, Invalid, answer, answer_without_database

log = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY = re.compile(r"[!-~]{1,200}")

SECRET = ("/api/v1/tokens", "/api/v1/session")
"""Their answers hold secrets, of which no copy is kept."""

MOST_KEPT = 4 << 20
"""Bytes of an answer. The largest honest one, of an experiment of a thousand runs, has two million."""


class Idempotency:
    """Stands next to the routes, behind what refuses and holds bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        database = cast(Database, scope["app"].state.database)
        request, receive_again = await _digest(scope, receive)
        known = await asyncio.to_thread(_answered, database, key, request)
        if known is not None:
            await known(scope, receive_again, send)
            return
        held = _Held()
        try:
            await self._app(scope, receive_again, held.take)
        finally:
            await asyncio.to_thread(_settle, database, key, held.answer())
        for message in held.messages:
            await send(message)


class _Held:
    """An answer that is sent only after it was kept: a client that asks again must not be the first once more."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def take(self, message: Message) -> None:
        self.messages.append(message)

    def answer(self) -> FirstAnswer | None:
        """None where nothing may have been done, so that the next try is a first one."""
        if not self.messages:
            return None
        start, *bodies = self.messages
        body = b"".join(each.get("body", b"") for each in bodies)
        nothing_done = start["status"] >= 500 or start["status"] == HTTPStatus.TOO_MANY_REQUESTS
        if nothing_done or len(body) > MOST_KEPT:
            return None
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start.get("headers", [])]
        return FirstAnswer(start["status"], headers, body)


def _key(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return None if path.startswith(SECRET) else Headers(scope=scope).get(HEADER)


async def _digest(scope: Scope, receive: Receive) -> tuple[str, Callable[[], Awaitable[Message]]]:
    """Of the request, and its body to be read once more. An upload goes by its length: it is too long to be held."""
    headers = Headers(scope=scope)
    parts = [scope["path"].encode(), scope.get("query_string", b""), headers.get("content-length", "").encode()]
    if not headers.get("content-type", "").startswith("application/json"):
        return _sha256(parts), receive
    first: Message | None = await receive()
    assert first is not None
    parts.append(first.get("body", b""))

    async def receive_again() -> Message:
        nonlocal first
        message, first = first, None
        return message or await receive()

    return _sha256(parts), receive_again


def _sha256(parts: list[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _answered(database: Database, key: str, request: str) -> Response | None:
    """The first answer, or a refusal; None for a request that is the first with its key."""
    if not KEY.fullmatch(key):
        return answer(_refusal(key, "give 1 to 200 printable characters without spaces, such as a UUID"))
    try:
        with database.write() as session:
            first = first_answers.begin(session, key, request)
    except first_answers.OtherRequest:
        message = "this key was used for another request in the last 24 hours: take a new one for each"
        return answer(_refusal(key, message))
    except first_answers.InProgress:
        return answer(Conflict(f"The first request with this {HEADER} has no answer yet.", retry_after=1))
    except (DatabaseBusy, DatabaseUnusable) as error:
        return answer_without_database(error)
    return None if first is None else _replayed(first)


def _settle(database: Database, key: str, found: FirstAnswer | None) -> None:
    try:
        with database.write() as session:
            if found is None:
                first_answers.release(session, key)
            else:
                first_answers.keep(session, key, found)
    except (DatabaseBusy, DatabaseUnusable) as error:
        # What was asked for is done, or not, all the same; the key is in progress until it counts as abandoned.
        log.warning("the answer to a request with an idempotency key was not kept: %s", error)


def _replayed(first: FirstAnswer) -> Response:
    again = Response(first.body, status_code=first.status)
    again.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in first.headers]
    again.headers[REPLAYED] = "true"
    return again


def _refusal(key: str, message: str) -> Invalid:
    return Invalid(f"{HEADER}: {message}", errors=[FieldError(field=HEADER, value=key[:200], message=message)])
