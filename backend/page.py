"""Serve the built dashboard: static files, and index.html for the URLs of all pages."""

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

from backend.api_paths import PREFIX
from backend.middleware.head_and_range import RangedFile

API = "api"
"""First path segment of the API, where a 404 is always JSON."""

NAME = "page"
"""Name of the page's route. Everything under it is public."""

PACKAGED = Path(__file__).with_name("dashboard")
"""The built dashboard in an installed package (scripts/dist.py); a clone has none."""

BUILT = PACKAGED if PACKAGED.is_dir() else Path(__file__).parent.parent / "frontend" / "dist"

PAGES = frozenset({"runs", "compare", "evidence", "networks", "queue", "data", "settings"})
"""First path segments of the dashboard's router (frontend/src/shell/router.tsx)."""

PACKED = {"br": ".br", "gzip": ".gz"}
"""Content codings, best first, and the suffix of precompressed files (frontend/scripts/pack.mjs)."""

FOR_GOOD = "public, max-age=31536000, immutable"
"""For files whose names contain a content hash."""


def install(app: FastAPI, built: Path = BUILT) -> None:
    """Mount the dashboard. To be called last, since it matches every path."""
    if (built / "index.html").is_file():
        app.mount("/", Dashboard(directory=built, html=True), name=NAME)
        return

    @app.get("/", name=NAME, include_in_schema=False)
    def not_built() -> PlainTextResponse:
        return PlainTextResponse(f"The dashboard is not built: run `make setup`. The API is at {PREFIX}.\n", 503)


class Dashboard(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            first = path.split("/", 1)[0]
            missing = first not in PAGES
            if error.status_code != 404 or (missing and (first == API or not _is_read(scope))):
                raise
            # For an unknown page the dashboard itself shows the 404, with links to the others.
            return HTMLResponse(_document(Path(str(self.directory)), depth=_depth(scope)), 404 if missing else 200)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Send the precompressed file if there is one: compressing 1.5 MB per request takes a tenth of a second, and
        the build compresses better."""
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
    """Yield the precompressed files that the client accepts, best coding first."""
    accepted = {each.split(";")[0].strip() for each in request.get("accept-encoding", "").split(",")}
    for coding, suffix in PACKED.items():
        packed = file.with_name(file.name + suffix)
        if coding in accepted and packed.is_file():
            yield coding, packed


def _is_read(scope: Scope) -> bool:
    """Whether a browser navigates to it: only then does it accept HTML explicitly."""
    return "text/html" in Headers(scope=scope).get("accept", "")


def _depth(scope: Scope) -> int:
    """Number of path segments below the root. `path` is normalised, without a trailing slash."""
    inside: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return inside.lstrip("/").count("/")


def _document(built: Path, depth: int) -> str:
    """Return index.html with URLs relative to a page `depth` levels down, since a proxy may add a prefix."""
    return (built / "index.html").read_text().replace('"./', f'"{"../" * depth or "./"}')
