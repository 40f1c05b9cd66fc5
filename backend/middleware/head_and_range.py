"""HEAD and Range requests (RFC 9110)."""

import re

from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ONE_RANGE = rb"(\d{1,18}-\d{0,18}|-\d{1,18})"
RANGES = re.compile(rb"bytes=[ \t]*" + ONE_RANGE + rb"([ \t]*,[ \t]*" + ONE_RANGE + rb")*[ \t]*", re.IGNORECASE)
BACKWARDS = re.compile(rb"(\d+)-(\d+)")


class HeadAndRange:
    """Answer HEAD like GET without the body (9.3.2), and drop a Range header that must be ignored (14.2): on methods
    other than GET, with another unit, or malformed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["method"] != "GET" or not all(_is_usable(each) for each in _ranges(scope)):
            scope = {**scope, "headers": [each for each in scope["headers"] if each[0] not in (b"range", b"if-range")]}
        if scope["method"] != "HEAD":
            return await self._app(scope, receive, send)
        answered = False

        async def send_head(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                answered = True

        async def receive_until_answered() -> Message:
            # A stream would never end: tell it that the client has disconnected.
            return {"type": "http.disconnect"} if answered else await receive()

        # A copy of the scope: the server must still see HEAD.
        return await self._app({**scope, "method": "GET"}, receive_until_answered, send_head)


class RangedFile(FileResponse):
    """A file response that ignores unsatisfiable ranges as long as one is satisfiable (14.2); Starlette refuses them
    all."""

    @classmethod
    def _parse_ranges(cls, range_: str, file_size: int) -> list[tuple[int, int]]:
        found = super()._parse_ranges(range_, file_size)
        return [(start, end) for start, end in found if start < file_size] or found


def _ranges(scope: Scope) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == b"range"]


def _is_usable(value: bytes) -> bool:
    if RANGES.fullmatch(value) is None:
        return False
    return all(int(first) <= int(last) for first, last in BACKWARDS.findall(value))
