"""Serves the built dashboard: its files, and its one document under the address of every page."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

NAME = "page"
"""The route of the page. Whatever falls through to it is public."""

BUILT = Path(__file__).parent.parent / "frontend" / "dist"

PAGES = frozenset({"runs", "compare", "evidence", "networks", "queue", "data", "settings"})
"""First words of the addresses that the dashboard's own router (frontend/src/view/router.tsx) answers."""


def install(app: FastAPI, built: Path = BUILT) -> None:
    """Mount last: it answers every path that no route took."""
    if (built / "index.html").is_file():
        app.mount("/", Dashboard(directory=built, html=True), name=NAME)
        return

    @app.get("/", name=NAME, include_in_schema=False)
    def not_built() -> PlainTextResponse:
        return PlainTextResponse("The dashboard is not built: run `make setup`. The API is at /api/v1.\n", 503)


class Dashboard(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or path.split("/", 1)[0] not in PAGES:
                raise
            return HTMLResponse(_document(Path(str(self.directory)), depth=_depth(scope)))


def _depth(scope: Scope) -> int:
    """Folders between the lab's root and the page. `path` is normalised and has lost a slash at the end."""
    inside: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return inside.lstrip("/").count("/")


def _document(built: Path, depth: int) -> str:
    """index.html for a page `depth` folders down: its addresses stay relative, for a proxy may put the lab anywhere."""
    return (built / "index.html").read_text().replace('"./', f'"{"../" * depth or "./"}')
