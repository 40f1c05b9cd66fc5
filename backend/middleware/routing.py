"""Which route would take a request: asked before the router is, and when it has found none."""

from starlette.routing import Match
from starlette.types import Scope

from backend import page

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def is_page(scope: Scope) -> bool:
    """Whether the request falls through every route to the page, which stands last."""
    for route in scope["app"].routes:
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            return getattr(route, "name", None) == page.NAME
    return False


def allowed_methods(scope: Scope) -> list[str]:
    """All methods that this path takes. The router itself names those of the first route with this path only."""
    routes = [route for route in scope["app"].routes if getattr(route, "name", None) != page.NAME]
    found = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    # No route names HEAD: it is answered wherever GET is (`reading`).
    return [each for method in found for each in (("GET", "HEAD") if method == "GET" else (method,))]
