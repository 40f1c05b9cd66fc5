"""Security headers of every response."""

from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        # The component library sets style attributes.
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
    # For browsers without frame-ancestors.
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def own_path(location: str) -> str:
    """Make a redirect relative to this host: frameworks build absolute URLs from the Host header."""
    parts = urlsplit(location)
    # A leading `//` would be another host, and so would a backslash in some browsers.
    path = "/" + quote(parts.path, safe="/%:@!$&'()*+,;=~").lstrip("/")
    return f"{path}?{parts.query}" if parts.query else path


class SecurityHeaders:
    """Plain ASGI, so that streams pass through unbuffered. Headers set by a route are kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                # API responses must not be cached; static files may be.
                if scope["path"].startswith(scope.get("root_path", "") + "/api/"):
                    headers.setdefault("Cache-Control", "no-store")
                if "Location" in headers:
                    headers["Location"] = own_path(headers["Location"])
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
