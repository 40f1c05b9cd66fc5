"""Validation of JSON bodies before any route: what Python's parser accepts but JSON, UTF-8 or the database do not would
fail later."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from itertools import accumulate
from typing import Any, NoReturn

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import Problem, answer
from backend.middleware.body_limit import is_upload
from skiplab.contract.problems import FieldError

DEEPEST = 32
"""Levels of lists and objects. The deepest legitimate body has four."""

MOST_DIGITS = 40
"""Digits of an integer. Fields have closer bounds; Python refuses to format more than 4,300."""

MOST_KEYS = 1000
"""Keys of one object. The largest legitimate one has a few dozen."""


MOST_CONTAINERS = 10_000
"""Lists and objects in total. The largest legitimate body has a few hundred. Each costs much more than it takes to
send: a megabyte of empty lists keeps Python's garbage collector busy for a second."""

LARGE = 16 << 10
"""Bytes. A larger body is checked in a thread, so that the event loop is blocked for at most a millisecond."""


class UnusableBody(Problem):
    """The body is not valid JSON, or contains values that no field accepts."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, message: str) -> None:
        super().__init__(f"body: {message}", errors=[FieldError(field="body", message=message)])


class JsonBodies:
    """Buffer a JSON body, refuse an invalid one and pass a valid one on. `BodyLimit` runs before and uploads are
    excluded, so at most `body_limit.MAX_BODY` bytes are buffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # One at a time: each computing thread delays the event loop further.
        self._checking = CapacityLimiter(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_json(scope):
            return await self._app(scope, receive, send)
        body = await _whole(receive)
        if body is None:
            return None
        try:
            if len(body) > LARGE:
                await run_sync(check, body, limiter=self._checking)
            else:
                check(body)
        except UnusableBody as refusal:
            return await answer(refusal)(scope, receive, send)
        buffered: Message | None = {"type": "http.request", "body": body, "more_body": False}

        async def pass_on() -> Message:
            nonlocal buffered
            message, buffered = buffered, None
            return message or await receive()

        return await self._app(scope, pass_on, send)


def check(body: bytes) -> None:
    """Check that a body is valid JSON with usable values. Raises UnusableBody."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableBody(f"invalid UTF-8 at byte {error.start}") from None
    if not text:
        return
    _check_shape(text)
    try:
        value = json.loads(
            text,
            parse_int=_whole_number,
            parse_float=_finite,
            parse_constant=_no_constant,
            object_pairs_hook=_distinct,
        )
    except json.JSONDecodeError as error:
        raise UnusableBody(f"invalid JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise UnusableBody(TOO_DEEP) from None
    if "\\ud" in text or "\\uD" in text:
        # Valid UTF-8 can contain lone surrogates only as escapes.
        for each in _texts(value):
            _check_text(each)


TOO_DEEP = f"nested more than {DEEPEST} levels deep"

TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""Also matches an unterminated string: retried from each of its quotes, it would take quadratic time."""

NO_BRACKETS = re.compile(r"[^\[\]{}]+")


def _check_shape(text: str) -> None:
    """Check depth and size before parsing, which blocks the event loop in the route. Raises UnusableBody."""
    brackets = NO_BRACKETS.sub("", TEXT.sub("", text))
    if max(accumulate(1 if each in "[{" else -1 for each in brackets), default=0) > DEEPEST:
        raise UnusableBody(TOO_DEEP)
    if (opened := brackets.count("[") + brackets.count("{")) > MOST_CONTAINERS:
        raise UnusableBody(f"{opened:,} lists and objects; at most {MOST_CONTAINERS:,} are allowed")


def _texts(value: Any) -> Iterator[str]:
    """Yield every string, including keys."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            yield from each
            left += each.values()
        elif isinstance(each, list):
            left += each


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        surrogate = f"\\u{ord(text[error.start]):04x}"
        raise UnusableBody(f"a string contains {surrogate}, a lone surrogate: send a valid pair") from None


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise UnusableBody(f"a number of {len(digits):,} digits is too large for any field: {digits[:10]}…")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise UnusableBody(f"a number is too large for any field: {digits[:20]}")
    return value


def _no_constant(name: str) -> NoReturn:
    raise UnusableBody(f"{name} is not valid JSON: send a number or null")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs) <= MOST_KEYS:
        return found
    if len(found) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise UnusableBody(f"the key {twice[:50]!r} is given twice")
    raise UnusableBody(f"an object has {len(found):,} keys; at most {MOST_KEYS:,} are allowed")


async def _whole(receive: Receive) -> bytes | None:
    """Return the body; None if the client disconnected."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def is_json(scope: Scope) -> bool:
    """Return whether the body is JSON, as FastAPI decides it; an upload never is."""
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    says_so = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    return says_so and not is_upload(scope)
