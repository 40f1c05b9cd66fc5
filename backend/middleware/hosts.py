"""Under which names the lab answers, and from which pages it lets itself be changed.

Without sign-in a foreign name that points here (DNS rebinding) would hand the lab to any web page.
"""

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.errors import Problem, answer
from backend.middleware.host_names import host_name
from backend.settings import LOOPBACK_NAMES, Settings
from backend.supervisor.start import EVERYWHERE

BY_THE_PAGE: frozenset[str | None] = frozenset({"same-origin"})
BY_NO_PAGE: frozenset[str | None] = frozenset({None, "none"})
"""Sec-Fetch-Site of what a person asked for directly; other programs than browsers send none."""

DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class WrongHost(Problem):
    status = HTTPStatus.BAD_REQUEST


class WrongOrigin(Problem):
    status = HTTPStatus.FORBIDDEN


def known_names(settings: Settings) -> frozenset[str] | None:
    """The names that are answered; None for any."""
    if settings.needs_token and not settings.other_names:
        return None
    own = set() if settings.host in EVERYWHERE else {f"[{settings.host}]" if ":" in settings.host else settings.host}
    return frozenset({*LOOPBACK_NAMES, *filter(None, map(host_name, (*own, *settings.other_names)))})


class KnownHosts:
    """Refuses a Host that is none of the lab's names, or no name at all."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._names = app, known_names(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            hosts = Headers(scope=scope).getlist("host")
            if not self._knows(hosts):
                return await answer(_wrong_host(", ".join(hosts)))(scope, receive, send)
        return await self._app(scope, receive, send)

    def _knows(self, hosts: list[str]) -> bool:
        # HTTP/1.0, which checks of some load balancers speak, has no Host: where any name goes, so does none.
        name = host_name(hosts[0]) if len(hosts) == 1 else None
        return (name is not None or hosts == []) if self._names is None else name in self._names


def check_origin(headers: Headers, *, other_names: Collection[str], must_be_known: bool) -> None:
    """Let only the lab's own page, and what is no browser, change something.

    `must_be_known`: a browser has sent its cookie along, so it has to say for which page. Raises WrongOrigin.
    """
    origin = headers.get("origin")
    if origin is not None:
        if _place(origin) not in {headers.get("host", "").lower(), *(name.lower() for name in other_names)}:
            raise WrongOrigin(
                f"A page of {origin[:200]!r} may not change anything here: open the lab's own page. Behind a proxy that"
                " does not pass the Host name on, name the lab's public one in SKIPLAB_ALLOWED_HOSTS."
            )
    elif headers.get("sec-fetch-site") not in (BY_THE_PAGE if must_be_known else BY_THE_PAGE | BY_NO_PAGE):
        raise WrongOrigin(
            "This call does not say that it comes from the lab's own page: open that, or send the token as"
            " `Authorization: Bearer …`."
        )


def _place(origin: str) -> str:
    """Name and port of an origin, as a Host header has them: the usual port is left out."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return origin
    return parts.netloc.lower().removesuffix(DEFAULT_PORTS.get(parts.scheme, ""))


def _wrong_host(host: str) -> WrongHost:
    return WrongHost(
        f"The lab does not answer to the name {host[:200]!r}: call it by its own, or add this one to"
        " SKIPLAB_ALLOWED_HOSTS."
    )
