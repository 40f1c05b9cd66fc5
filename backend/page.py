"""Serves the built dashboard."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles

NAME = "page"
"""The route of the page. Whatever falls through to it is public."""

BUILT = Path(__file__).parent.parent / "frontend" / "dist"


def install(app: FastAPI) -> None:
    """Mount last: it answers every path that no route took."""
    if (BUILT / "index.html").is_file():
        app.mount("/", StaticFiles(directory=BUILT, html=True), name=NAME)
        return

    @app.get("/", name=NAME, include_in_schema=False)
    def not_built() -> PlainTextResponse:
        return PlainTextResponse("The dashboard is not built: run `make setup`. The API is at /api/v1.\n", 503)
