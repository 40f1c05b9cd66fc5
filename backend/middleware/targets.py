"""Limits on the request target, checked before authentication, which already looks routes up."""

from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from backend.errors import Problem, answer

LONGEST_PATH = 1024
"""Characters. The longest legitimate path has two keys of 64 and a few words."""


class PathTooLong(Problem):
    status = HTTPStatus.REQUEST_URI_TOO_LONG


class BadTarget(Problem):
    status = HTTPStatus.BAD_REQUEST


class TargetLimit:
    """Refuse a path that is too long for any route, and NUL in path or query."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := _refusal(scope)):
            return await answer(refusal)(scope, receive, send)
        return await self._app(scope, receive, send)


def _refusal(scope: Scope) -> Problem | None:
    if len(scope["path"]) > LONGEST_PATH:
        return PathTooLong(f"The path has {len(scope['path']):,} characters; at most {LONGEST_PATH:,} are allowed.")
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        return BadTarget("The URL contains a NUL character: remove it.")
    return None
