"""`Idempotency-Key`: a POST repeated by a double click or a retry has no second effect."""

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from http import HTTPStatus
from typing import cast

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import api_paths
from backend.auth.authenticator import Caller
from backend.db import idempotent_responses
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.db.idempotent_responses import PendingRequest, StoredResponse
from backend.errors import CLIENT_GONE, Conflict, Invalid, answer, answer_without_database
from backend.middleware.json_bodies import is_json
from skiplab.contract.api import IDEMPOTENCY_KEY as HEADER
from skiplab.contract.api import REPLAYED

log = logging.getLogger(__name__)

KEY = re.compile(r"[!-~]{1,200}")

RENEW_SECONDS = idempotent_responses.ABANDONED.total_seconds() / 3

MOST_THREADS = 8
"""Threads that wait for the database at once; further requests with keys wait for one of them."""

NOTHING_DONE = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.TOO_MANY_REQUESTS, CLIENT_GONE)
"""Temporary refusals before the request was processed: it may be retried with its key."""

SECRET = (api_paths.PREFIX + api_paths.TOKENS, api_paths.PREFIX + api_paths.SESSION)
"""Paths whose responses hold secrets and must not be stored."""

MOST_KEPT = 4 << 20
"""Bytes of a stored response. The largest legitimate one, an experiment of a thousand runs, has two million."""


PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A unique key, such as a UUID. For 24 hours the same request with the same key is answered by the"
    f" first response, with `{REPLAYED}: true`, without a second effect. Another request with the key is refused (422),"
    " and so is a repeat while the first is in progress (409).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
"""The parameter in the OpenAPI document."""


def takes_key(method: str, path: str) -> bool:
    return method == "POST" and not path.startswith(SECRET)


class Idempotency:
    """The innermost middleware: it needs the caller, to whom keys belong, and buffered bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # Separate threads: they wait for the write lock, and must not block authentication.
        self._threads = CapacityLimiter(MOST_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        request, receive_again = await _digest(scope, receive)
        database = cast(Database, scope["app"].state.database)
        found = await run_sync(_begin, database, key, _owner(scope), request, limiter=self._threads)
        if isinstance(found, Response):
            await found(scope, receive_again, send)
            return
        held = _BufferedResponse()
        # After an unexpected exception the outcome is unknown, so the key stays in progress.
        async with self._renewing(_PendingRequest(database, found)) as first:
            await self._app(scope, receive_again, held.take)
        await run_sync(first.settle, held, limiter=self._threads)
        for message in held.messages:
            await send(message)

    @asynccontextmanager
    async def _renewing(self, first: "_PendingRequest") -> AsyncIterator["_PendingRequest"]:
        """Renew the pending request until the block ends: an upload may take hours."""
        ended = asyncio.Event()

        async def renew() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), RENEW_SECONDS)
                    return
                await run_sync(first.renew, limiter=self._threads)

        renewing = asyncio.create_task(renew())
        try:
            yield first
        finally:
            ended.set()
            await renewing


class _PendingRequest:
    """The database row of the first request with its key."""

    def __init__(self, database: Database, begun: PendingRequest) -> None:
        self._database, self._begun = database, begun

    def renew(self) -> None:
        with self._failures_logged():
            with self._database.write() as session:
                renewed = idempotent_responses.renew(session, self._begun)
            self._begun = renewed

    def settle(self, held: "_BufferedResponse") -> None:
        if held.is_unsure:
            return
        with self._failures_logged(), self._database.write() as session:
            if answer := held.answer():
                idempotent_responses.keep(session, self._begun, answer)
            else:
                idempotent_responses.release(session, self._begun)

    @contextmanager
    def _failures_logged(self) -> Iterator[None]:
        """Log a database failure: the response stays valid, and the key is in progress until it is abandoned."""
        try:
            yield
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("the response to a request with an idempotency key was not stored: %s", error)


class _BufferedResponse:
    """A response that is sent only after it is stored, so that a retry never counts as the first request."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def take(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def is_unsure(self) -> bool:
        """Whether the request may have succeeded despite the response (`errors.PROBLEM_RESPONSE`)."""
        if not self.messages:
            return True
        start = self.messages[0]
        when = Headers(raw=start.get("headers", [])).get("Retry-After")
        return start["status"] == HTTPStatus.SERVICE_UNAVAILABLE and when is None

    def answer(self) -> StoredResponse | None:
        """Return the response to store; None if nothing was done, so that a retry counts as the first request."""
        start, *bodies = self.messages
        body = b"".join(each.get("body", b"") for each in bodies)
        if start["status"] >= 500 or start["status"] in NOTHING_DONE:
            return None
        if len(body) > MOST_KEPT:
            long = answer(Conflict(f"The first request with this {HEADER} succeeded; its response was too large."))
            return _stored(long.status_code, long.raw_headers, bytes(long.body))
        return _stored(start["status"], start.get("headers", []), body)


def _stored(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> StoredResponse:
    return StoredResponse(status, [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers], body)


def _key(scope: Scope) -> str | None:
    if scope["type"] != "http":
        return None
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return Headers(scope=scope).get(HEADER) if takes_key(scope["method"], path) else None


def _owner(scope: Scope) -> str:
    """The owner of a key; the same for all browsers signed in with one token."""
    caller = cast(Caller, scope["state"]["caller"])
    return "" if caller.name is None else f"{caller.name} {caller.token_id} "


async def _digest(scope: Scope, receive: Receive) -> tuple[str, Callable[[], Awaitable[Message]]]:
    """Return a digest of the request, and its body to be read again. An upload is too large: only its length counts."""
    headers = Headers(scope=scope)
    parts = [scope["path"].encode(), scope.get("query_string", b""), headers.get("content-length", "").encode()]
    if not is_json(scope):
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


def _begin(database: Database, key: str, owner: str, request: str) -> Response | PendingRequest:
    """Return the stored response, a refusal, or the pending request that this one starts."""
    if not KEY.fullmatch(key):
        return answer(_refusal(key, "must be 1 to 200 printable characters without spaces, such as a UUID"))
    try:
        with database.write() as session:
            found = idempotent_responses.begin(session, owner + key, request)
    except idempotent_responses.KeyReused:
        message = "this key was used for another request in the last 24 hours: use a new key for each request"
        return answer(_refusal(key, message))
    except idempotent_responses.InProgress:
        return answer(Conflict(f"The first request with this {HEADER} is still in progress.", retry_after=1))
    except (DatabaseBusy, DatabaseUnusable) as error:
        return answer_without_database(error)
    return found if isinstance(found, PendingRequest) else _replayed(found)


def _replayed(first: StoredResponse) -> Response:
    again = Response(first.body, status_code=first.status)
    again.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in first.headers]
    again.headers[REPLAYED] = "true"
    return again


def _refusal(key: str, message: str) -> Invalid:
    return Invalid.of(HEADER, key, message)
