"""The headers that every answer carries, so that a browser keeps other sites' hands off the lab's page."""

from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        # The component library writes style attributes.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # For browsers that do not know frame-ancestors.
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def own_path(location: str) -> str:
    """A redirect stays here, whatever name the lab was called by: frameworks make an address from the Host header."""
    parts = urlsplit(location)
    # Two slashes at the beginning would be the name of a host, and so would a backslash to some browsers.
    path = "/" + quote(parts.path, safe="/%:@!$&'()*+,;=~").lstrip("/")
    return f"{path}?{parts.query}" if parts.query else path


class SecurityHeaders:
    """Plain ASGI: the streams pass through it frame by frame. A route that sets a header itself keeps its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                # Answers are for whoever asked; the page's own files may be kept.
                if scope["path"].startswith(scope.get("root_path", "") + "/api/"):
                    headers.setdefault("Cache-Control", "no-store")
                if "Location" in headers:
                    headers["Location"] = own_path(headers["Location"])
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
