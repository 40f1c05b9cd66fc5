"""While the database is upgraded, only health checks are answered: tables are missing or half converted."""

from html import escape
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.db.progress import UpgradeStep
from backend.errors import Problem, answer
from backend.middleware.http_protocol import HEALTH
from backend.upgrade import Upgrade

RETRY_SECONDS = 3

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="{seconds}">
<title>Upgrading - Skiplab</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 20vh auto; padding: 0 1rem }}</style>
</head>
<body>
<h1>Skiplab is upgrading its database</h1>
<p>Current step: {step}</p>
<p>This page reloads until the dashboard is available.</p>
</body>
</html>
"""


class DatabaseUpgrading(Problem):
    """The database is being upgraded; the request had no effect."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, step: UpgradeStep) -> None:
        super().__init__(
            f"The database is being upgraded: {step}. Retry later; /readyz reports the progress.",
            retry_after=RETRY_SECONDS,
        )


class Upgrading:
    """Comes before authentication, which reads the database."""

    def __init__(self, app: ASGIApp, upgrade: Upgrade) -> None:
        self._app, self._upgrade = app, upgrade

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        step = self._upgrade.step
        if scope["type"] != "http" or step is None or _path(scope) in HEALTH:
            return await self._app(scope, receive, send)
        if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            return await _page(step)(scope, receive, send)
        return await answer(DatabaseUpgrading(step))(scope, receive, send)


def _page(step: UpgradeStep) -> HTMLResponse:
    text = PAGE.format(seconds=RETRY_SECONDS, step=escape(str(step)))
    headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
    return HTMLResponse(text, HTTPStatus.SERVICE_UNAVAILABLE, headers)


def _path(scope: Scope) -> str:
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))
