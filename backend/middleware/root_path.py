"""The path that a proxy puts the lab at. Some proxies take it off the requests, others leave it on: both work."""

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """Makes every path begin with `root_path`, as ASGI has it: routes are found and links are made with it."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app, self._root = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._root:
            if scope["path"] == self._root:
                # The page's own addresses are relative: without the slash they would miss the last part.
                return await RedirectResponse(f"{self._root}/")(scope, receive, send)
            scope["root_path"] = self._root
            if not scope["path"].startswith(f"{self._root}/"):
                scope["path"] = self._root + scope["path"]
        return await self._app(scope, receive, send)
