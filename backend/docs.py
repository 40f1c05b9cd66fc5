"""/docs: the API, to read and to try. Swagger UI comes from its own address, and its one inline script by its hash."""

import re
from base64 import b64encode
from hashlib import sha256

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

VIEWER = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI) -> None:
    @app.get("/docs", include_in_schema=False)
    def read_docs(request: Request) -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url=f"{request.scope.get('root_path', '')}{app.openapi_url}",
            title=app.title,
            swagger_js_url=f"{VIEWER}swagger-ui-bundle.js",
            swagger_css_url=f"{VIEWER}swagger-ui.css",
            swagger_favicon_url="favicon.svg",
        )
        page.headers["Content-Security-Policy"] = _policy(bytes(page.body).decode())
        return page


def _policy(page: str) -> str:
    hashes = [b64encode(sha256(script.encode()).digest()).decode() for script in INLINE.findall(page)]
    allowed = " ".join(f"'sha256-{each}'" for each in hashes)
    return (
        f"default-src 'none'; script-src {VIEWER} {allowed}; style-src {VIEWER} 'unsafe-inline'; img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
