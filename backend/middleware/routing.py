"""Route lookups outside the router."""

from starlette.routing import Match
from starlette.types import Scope

from backend import page

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def is_page(scope: Scope) -> bool:
    """Return whether the request matches no route but the page's static files, which are mounted last."""
    for route in scope["app"].routes:
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            return getattr(route, "name", None) == page.NAME
    return False


def allowed_methods(scope: Scope) -> list[str]:
    """Return all methods of a path. The router itself reports those of the first matching route only."""
    routes = [route for route in scope["app"].routes if getattr(route, "name", None) != page.NAME]
    found = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    # No route declares HEAD: it is answered wherever GET is (`head_and_range`).
    return [each for method in found for each in (("GET", "HEAD") if method == "GET" else (method,))]
