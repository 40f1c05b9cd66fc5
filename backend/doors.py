"""Who may talk to the service from a browser: only pages of its own, under its own name."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from backend.settings import Settings

LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"]

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
        "frame-ancestors 'none'",
    )
)


def install(app: FastAPI, settings: Settings) -> None:
    """Refuse foreign Host names (DNS rebinding), and give every answer its security headers."""
    hosts = ["*"] if settings.trusted_network else LOOPBACK_NAMES
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)

    @app.middleware("http")
    async def headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        if request.url.path != "/docs":  # its viewer is an inline script from elsewhere
            response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
