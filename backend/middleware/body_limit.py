"""How large a request may be. Checked while it arrives, so that nothing larger is ever held."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.auth.middleware import PUBLIC, READING
from backend.errors import Problem, answer

MAX_BODY = 1 << 20
"""Bytes. The largest honest body, an experiment of hundreds of values, has a few thousand."""

PUBLIC_BODY = 4 << 10
"""Bytes, where no token is asked for. The largest honest body is a sign-in, which has a token of 200 characters."""

UPLOAD = ("POST", "/api/v1/datasets")
"""The one request whose body is written to the disk as it comes, and may be large."""


class BodyTooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class _TooLarge(HTTPException):
    """Starlette's own class: a route that is reading its body passes only this one on."""


class BodyLimit:
    """Refuses a declared size at once, and stops reading an undeclared one."""

    def __init__(self, app: ASGIApp, largest_upload: int = MAX_BODY) -> None:
        self._app, self._largest_upload = app, largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        limit = self._limit(scope)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            return await answer(BodyTooLarge(_said(limit)))(scope, receive, send)
        received = 0

        async def receive_within() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _TooLarge(BodyTooLarge.status, _said(limit))
            return message

        try:
            return await self._app(scope, receive_within, send)
        except _TooLarge:
            # What stands between here and the routes was reading; a route's own reading is answered there.
            return await answer(BodyTooLarge(_said(limit)))(scope, receive, send)

    def _limit(self, scope: Scope) -> int:
        """Bytes. A request that only reads has no body; where it has one all the same, anybody may send it."""
        if is_upload(scope):
            return self._largest_upload
        return PUBLIC_BODY if scope["method"] in READING or _operation(scope) in PUBLIC else MAX_BODY


def is_upload(scope: Scope) -> bool:
    return _operation(scope) == UPLOAD


def _operation(scope: Scope) -> tuple[str, str]:
    """Method and path, as the routes have them."""
    return scope["method"], scope["path"].removeprefix(scope.get("root_path", ""))


def _said(limit: int) -> str:
    return f"The request is larger than {limit} bytes, the most that is taken here."
