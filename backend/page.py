"""Serves the built dashboard: its files, and its one document under the address of every page."""

import os
from collections.abc import Iterator
from mimetypes import guess_type
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from backend.middleware.head_and_range import RangedFile

API = "api"
"""First word of addresses that are for programs: what is missing there is told as JSON to everybody."""

NAME = "page"
"""The route of the page. Whatever falls through to it is public."""

BUILT = Path(__file__).parent.parent / "frontend" / "dist"

PAGES = frozenset({"runs", "compare", "evidence", "networks", "queue", "data", "settings"})
"""First words of the addresses that the dashboard's own router (frontend/src/view/router.tsx) answers."""

PACKED = {"br": ".br", "gzip": ".gz"}
"""Content codings, the best first, and what the build (frontend/scripts/pack.mjs) adds to a packed file's name."""

FOR_GOOD = "public, max-age=31536000, immutable"
"""For files whose name changes with what is in them."""


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
            first = path.split("/", 1)[0]
            missing = first not in PAGES
            if error.status_code != 404 or (missing and (first == API or not _is_read(scope))):
                raise
            # Where there is no such page, the page itself says so best, and has the way to the others.
            return HTMLResponse(_document(Path(str(self.directory)), depth=_depth(scope)), 404 if missing else 200)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """A file that the build has packed is sent as it is: packing 1.5 MB for each caller takes a tenth of a
        second, and the build had the time to do it better."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        file, request = Path(full_path), Headers(scope=scope)
        coding, packed = next(_packed(file, request), (None, None))
        if isinstance(response, FileResponse):
            response = RangedFile(packed or file, status_code, media_type=guess_type(file)[0])
            if coding is not None:
                response.headers["Content-Encoding"] = coding
        response.headers["Vary"] = "Accept-Encoding"
        if file.parent.name == "assets":
            response.headers["Cache-Control"] = FOR_GOOD
        return response


def _packed(file: Path, request: Headers) -> Iterator[tuple[str, Path]]:
    """The file as the browser accepts it, the best coding first."""
    accepted = {each.split(";")[0].strip() for each in request.get("accept-encoding", "").split(",")}
    for coding, suffix in PACKED.items():
        packed = file.with_name(file.name + suffix)
        if coding in accepted and packed.is_file():
            yield coding, packed


def _is_read(scope: Scope) -> bool:
    """Whether a person is to see the answer: browsers name HTML for what they open, and for nothing else."""
    return "text/html" in Headers(scope=scope).get("accept", "")


def _depth(scope: Scope) -> int:
    """Folders between the lab's root and the page. `path` is normalised and has lost a slash at the end."""
    inside: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return inside.lstrip("/").count("/")


def _document(built: Path, depth: int) -> str:
    """index.html for a page `depth` folders down: its addresses stay relative, for a proxy may put the lab anywhere."""
    return (built / "index.html").read_text().replace('"./', f'"{"../" * depth or "./"}')
