"""What a JSON body may hold. Checked once, before any route: what Python's parser lets through that JSON, UTF-8 or the
database do not know would fail somewhere behind it."""

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

from backend.errors import FieldError, Problem, answer
from backend.middleware.body_limit import is_upload

DEEPEST = 32
"""Levels of lists and objects. The deepest honest body has four."""

MOST_DIGITS = 40
"""Of a whole number. The fields have closer bounds; Python itself refuses to write more than 4,300."""

MOST_KEYS = 1000
"""Of one object. The largest honest one has a few dozen."""


MOST_CONTAINERS = 10_000
"""Lists and objects, in all. The largest honest body has a few hundred. Each costs much more than it takes to send: a
megabyte of empty lists keeps Python's garbage collector busy for a second."""

LARGE = 16 << 10
"""Bytes. A larger body is checked in a thread: a millisecond of checking is what all others may wait for."""


class UnusableBody(Problem):
    """The body is no JSON, or holds what no field can take."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, message: str) -> None:
        super().__init__(f"body: {message}", errors=[FieldError(field="body", message=message)])


class JsonBodies:
    """Holds a JSON body until it is whole, refuses a bad one, and hands a good one on. `BodyLimit` stands before it,
    and an upload passes by whatever type it claims, so that what is held here has `bodies.MAX_BODY` at most."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # One at a time: threads that compute take turns with the event loop, and each makes its turn come later.
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
        held: Message | None = {"type": "http.request", "body": body, "more_body": False}

        async def hand_on() -> Message:
            nonlocal held
            message, held = held, None
            return message or await receive()

        return await self._app(scope, hand_on, send)


def check(body: bytes) -> None:
    """Raises UnusableBody."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableBody(f"not UTF-8: byte {error.start} does not fit") from None
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
        raise UnusableBody(f"no JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise UnusableBody(TOO_DEEP) from None
    if "\\ud" in text or "\\uD" in text:
        # What was UTF-8 holds halves of characters only where they are spelled out.
        for each in _texts(value):
            _check_text(each)


TOO_DEEP = f"nested more than {DEEPEST} levels deep"

TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""Takes one that has no end as well: looked for again from each of its quotes, it would take hours."""

NO_BRACKETS = re.compile(r"[^\[\]{}]+")


def _check_shape(text: str) -> None:
    """Before it is parsed, here and by the route, which holds up the event loop. Raises UnusableBody."""
    brackets = NO_BRACKETS.sub("", TEXT.sub("", text))
    if max(accumulate(1 if each in "[{" else -1 for each in brackets), default=0) > DEEPEST:
        raise UnusableBody(TOO_DEEP)
    if (opened := brackets.count("[") + brackets.count("{")) > MOST_CONTAINERS:
        raise UnusableBody(f"{opened:,} lists and objects; at most {MOST_CONTAINERS:,}")


def _texts(value: Any) -> Iterator[str]:
    """Every text in it, keys as well."""
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
        raise UnusableBody(f"a text holds {surrogate}, half of a character: send both halves, or none") from None


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise UnusableBody(f"a number of {len(digits):,} digits, which no field takes: {digits[:10]}…")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise UnusableBody(f"a number too large for any field: {digits[:20]}")
    return value


def _no_constant(name: str) -> NoReturn:
    raise UnusableBody(f"{name} is no JSON: give a number, or null")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs) <= MOST_KEYS:
        return found
    if len(found) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise UnusableBody(f"the key {twice[:50]!r} is given twice")
    raise UnusableBody(f"an object of {len(found):,} keys; at most {MOST_KEYS:,}")


async def _whole(receive: Receive) -> bytes | None:
    """The body; None of a client that has gone."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def is_json(scope: Scope) -> bool:
    """As the routes decide it; an upload is none, whatever type it claims."""
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    says_so = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    return says_so and not is_upload(scope)
