"""Checks of the Host and Origin headers.

Without them, DNS rebinding would give any web page access to a server that requires no token.
"""

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.errors import Problem, answer
from backend.middleware.host_names import host_name
from backend.settings import LOOPBACK_NAMES, Settings
from skiplab.contract.addresses import EVERYWHERE

BY_THE_PAGE: frozenset[str | None] = frozenset({"same-origin"})
BY_NO_PAGE: frozenset[str | None] = frozenset({None, "none"})
"""Sec-Fetch-Site of requests entered by the user; clients other than browsers send none."""

DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class WrongHost(Problem):
    status = HTTPStatus.BAD_REQUEST


class WrongOrigin(Problem):
    status = HTTPStatus.FORBIDDEN


def known_names(settings: Settings) -> frozenset[str] | None:
    """Return the accepted Host names; None for any."""
    if settings.needs_token and not settings.other_names:
        return None
    own = set() if settings.host in EVERYWHERE else {f"[{settings.host}]" if ":" in settings.host else settings.host}
    return frozenset({*LOOPBACK_NAMES, *filter(None, map(host_name, (*own, *settings.other_names)))})


class KnownHosts:
    """Refuse requests with an unknown or invalid Host."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._names = app, known_names(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            hosts = Headers(scope=scope).getlist("host")
            if not self._knows(hosts):
                return await answer(_wrong_host(", ".join(hosts)))(scope, receive, send)
        return await self._app(scope, receive, send)

    def _knows(self, hosts: list[str]) -> bool:
        # HTTP/1.0, used by health checks of some load balancers, has no Host: accepted if any name is.
        name = host_name(hosts[0]) if len(hosts) == 1 else None
        return (name is not None or hosts == []) if self._names is None else name in self._names


def check_origin(headers: Headers, *, other_names: Collection[str], must_be_known: bool) -> None:
    """Allow changes only from the dashboard itself and from clients that are not browsers.

    `must_be_known`: the request has a cookie, so the browser must state its origin. Raises WrongOrigin.
    """
    origin = headers.get("origin")
    if origin is not None:
        if _authority(origin) not in {headers.get("host", "").lower(), *(name.lower() for name in other_names)}:
            raise WrongOrigin(
                f"Requests from pages of {origin[:200]!r} may not change anything: use the dashboard itself. Behind a"
                " proxy that does not forward the Host header, add the public name to SKIPLAB_ALLOWED_HOSTS."
            )
    elif headers.get("sec-fetch-site") not in (BY_THE_PAGE if must_be_known else BY_THE_PAGE | BY_NO_PAGE):
        raise WrongOrigin(
            "The request does not state that it comes from the dashboard: use the dashboard, or send the token as"
            " `Authorization: Bearer …`."
        )


def _authority(origin: str) -> str:
    """Host and port of an origin as in a Host header, without a default port."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return origin
    return parts.netloc.lower().removesuffix(DEFAULT_PORTS.get(parts.scheme, ""))


def _wrong_host(host: str) -> WrongHost:
    return WrongHost(
        f"Unknown host name {host[:200]!r}: use a name of this server, or add this one to SKIPLAB_ALLOWED_HOSTS."
    )
