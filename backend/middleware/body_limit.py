"""Limits on the size of request bodies, enforced while they arrive, so that larger ones are never buffered."""

import re
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import api_paths
from backend.auth.middleware import PUBLIC, READING
from backend.errors import Problem, answer
from skiplab.contract.ingest_limits import MOST_BYTES, MOST_FILE_BYTES

MAX_BODY = MOST_BYTES
"""Bytes. The largest legitimate bodies are batches of points."""

PUBLIC_BODY = 4 << 10
"""Bytes for public routes, of which the largest legitimate body is a sign-in with a token of 200 characters."""

UPLOAD = ("POST", api_paths.PREFIX + api_paths.DATASETS)
FILE = re.compile(rf"{api_paths.PREFIX}/runs/\d+/files/.+", re.ASCII | re.DOTALL)
"""Path of a PUT that saves a file of a run."""


class BodyTooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class _TooLarge(HTTPException):
    """An HTTPException, the only exception that FastAPI passes on while it reads a body."""


class BodyLimit:
    """Refuse a declared size at once, and stop reading an undeclared one at the limit."""

    def __init__(self, app: ASGIApp, largest_upload: int = MAX_BODY) -> None:
        self._app, self._largest_upload = app, largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await answer(BodyTooLarge(_detail(limit)))(scope, receive, send)
            return
        received = 0

        async def receive_within() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _TooLarge(BodyTooLarge.status, _detail(limit))
            return message

        try:
            await self._app(scope, receive_within, send)
        except _TooLarge:
            # Raised while another middleware was reading; in routes an exception handler answers it.
            await answer(BodyTooLarge(_detail(limit)))(scope, receive, send)

    def _limit(self, scope: Scope) -> int:
        """Return the limit in bytes. Reading methods need no body; one may be sent without authentication."""
        if _operation(scope) == UPLOAD:
            return self._largest_upload
        if _is_file(scope):
            return MOST_FILE_BYTES
        return PUBLIC_BODY if scope["method"] in READING or _operation(scope) in PUBLIC else MAX_BODY


def is_upload(scope: Scope) -> bool:
    """Return whether the body, of whatever type, is streamed to the disk."""
    return _operation(scope) == UPLOAD or _is_file(scope)


def _is_file(scope: Scope) -> bool:
    method, path = _operation(scope)
    return method == "PUT" and FILE.fullmatch(path) is not None


def _operation(scope: Scope) -> tuple[str, str]:
    """Method and path without the root path."""
    return scope["method"], scope["path"].removeprefix(scope.get("root_path", ""))


def _detail(limit: int) -> str:
    return f"The request body exceeds the limit of {limit} bytes."
