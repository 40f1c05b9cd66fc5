"""`Idempotency-Key`: a POST that is sent again, by a double click or after a lost connection, makes nothing twice."""

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

from backend.auth.authenticator import Caller
from backend.db import idempotent_responses
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.db.idempotent_responses import PendingRequest, StoredResponse
from backend.errors import CLIENT_GONE, Conflict, FieldError, Invalid, answer, answer_without_database
from backend.middleware.json_bodies import is_json

log = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY = re.compile(r"[!-~]{1,200}")

RENEW_SECONDS = idempotent_responses.ABANDONED.total_seconds() / 3

MOST_THREADS = 8
"""That wait for the database at once. More requests with keys wait for one of these."""

NOTHING_DONE = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.TOO_MANY_REQUESTS, CLIENT_GONE)
"""Refusals of the moment, of the request's way here: it may be sent again with its key."""

SECRET = ("/api/v1/tokens", "/api/v1/session")
"""Their answers hold secrets, of which no copy is kept."""

MOST_KEPT = 4 << 20
"""Bytes of an answer. The largest honest one, of an experiment of a thousand runs, has two million."""


PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A UUID, say. For 24 hours the same request with the same key gets the first answer again, with"
    f" `{REPLAYED}: true`, and makes nothing twice; another request with it is refused (422), and one that comes while"
    " the first goes on, too (409).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
"""As the OpenAPI document describes it."""


def takes_key(method: str, path: str) -> bool:
    return method == "POST" and not path.startswith(SECRET)


class Idempotency:
    """Stands next to the routes, behind what refuses and holds bodies, and behind the gate: keys are their caller's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # Of its own: these threads wait for the database's write lock, and must not keep the gate's busy.
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
        held = _Held()
        # A failure that nobody has named passes by: what was done is not known then, and the key stays in progress.
        async with self._renewing(_First(database, found)) as first:
            await self._app(scope, receive_again, held.take)
        await run_sync(first.settle, held, limiter=self._threads)
        for message in held.messages:
            await send(message)

    @asynccontextmanager
    async def _renewing(self, first: "_First") -> AsyncIterator["_First"]:
        """An upload may take hours."""
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


class _First:
    """A request that is the first with its key, in the database."""

    def __init__(self, database: Database, begun: PendingRequest) -> None:
        self._database, self._begun = database, begun

    def renew(self) -> None:
        with self._noted():
            with self._database.write() as session:
                renewed = idempotent_responses.renew(session, self._begun)
            self._begun = renewed

    def settle(self, held: "_Held") -> None:
        if held.is_unsure:
            return
        with self._noted(), self._database.write() as session:
            if answer := held.answer():
                idempotent_responses.keep(session, self._begun, answer)
            else:
                idempotent_responses.release(session, self._begun)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """What was asked for is done, or not, all the same; the key is in progress until it counts as abandoned."""
        try:
            yield
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("the answer to a request with an idempotency key was not kept: %s", error)


class _Held:
    """An answer that is sent only after it was kept: a client that asks again must not be the first once more."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def take(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def is_unsure(self) -> bool:
        """Whether something may have been done that the answer knows nothing of (`errors.PROBLEM_RESPONSE`)."""
        if not self.messages:
            return True
        start = self.messages[0]
        when = Headers(raw=start.get("headers", [])).get("Retry-After")
        return start["status"] == HTTPStatus.SERVICE_UNAVAILABLE and when is None

    def answer(self) -> StoredResponse | None:
        """None where nothing was done, so that the next try is a first one."""
        start, *bodies = self.messages
        body = b"".join(each.get("body", b"") for each in bodies)
        if start["status"] >= 500 or start["status"] in NOTHING_DONE:
            return None
        if len(body) > MOST_KEPT:
            long = answer(Conflict(f"The first request with this {HEADER} was done; its answer was too long to keep."))
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
    """Whose key it is; the same for all browsers that have signed in with one token."""
    caller = cast(Caller, scope["state"]["caller"])
    return "" if caller.name is None else f"{caller.name} {caller.token_id} "


async def _digest(scope: Scope, receive: Receive) -> tuple[str, Callable[[], Awaitable[Message]]]:
    """Of the request, and its body to be read once more. An upload goes by its length: it is too long to be held."""
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
    """The first answer, or a refusal, or a request that is the first with its key."""
    if not KEY.fullmatch(key):
        return answer(_refusal(key, "give 1 to 200 printable characters without spaces, such as a UUID"))
    try:
        with database.write() as session:
            found = idempotent_responses.begin(session, owner + key, request)
    except idempotent_responses.KeyReused:
        message = "this key was used for another request in the last 24 hours: take a new one for each"
        return answer(_refusal(key, message))
    except idempotent_responses.InProgress:
        return answer(Conflict(f"The first request with this {HEADER} has no answer yet.", retry_after=1))
    except (DatabaseBusy, DatabaseUnusable) as error:
        return answer_without_database(error)
    return found if isinstance(found, PendingRequest) else _replayed(found)


def _replayed(first: StoredResponse) -> Response:
    again = Response(first.body, status_code=first.status)
    again.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in first.headers]
    again.headers[REPLAYED] = "true"
    return again


def _refusal(key: str, message: str) -> Invalid:
    return Invalid(f"{HEADER}: {message}", errors=[FieldError(field=HEADER, value=key[:200], message=message)])
