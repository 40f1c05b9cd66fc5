"""/docs: the interactive API documentation. Swagger UI is served from the dashboard's build, so that nothing is loaded
from other hosts and the Content-Security-Policy applies."""

from html import escape

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from backend import page

DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="favicon.svg">
<link rel="stylesheet" href="viewer/swagger-ui.css">
</head>
<body>
<div id="viewer"></div>
<script src="viewer/swagger-ui-bundle.js"></script>
<script src="viewer/start.js" data-openapi="openapi.json"></script>
</body>
</html>
"""
"""Relative URLs, since a proxy may add a path prefix."""


def install(app: FastAPI) -> None:
    @app.get("/docs", include_in_schema=False)
    def read_docs() -> Response:
        if not (page.BUILT / "viewer" / "swagger-ui-bundle.js").is_file():
            return PlainTextResponse("The dashboard is not built: run `make setup`, or read /openapi.json.\n", 503)
        return HTMLResponse(DOCUMENT.format(title=escape(app.title)))
