"""The path prefix of a reverse proxy, whether or not the proxy strips it from requests."""

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """Make every path begin with `root_path`, as ASGI specifies it for routing and URLs."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app, self._root = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._root:
            if scope["path"] == self._root:
                # The page's URLs are relative: without a trailing slash they would lose the last segment.
                return await RedirectResponse(f"{self._root}/")(scope, receive, send)
            scope["root_path"] = self._root
            if not scope["path"].startswith(f"{self._root}/"):
                scope["path"] = self._root + scope["path"]
        return await self._app(scope, receive, send)
