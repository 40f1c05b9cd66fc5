"""The OpenAPI document, whole enough to generate the page's types from. `python -m backend.openapi FILE` writes it."""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from backend.contract.events import CatalogEvent, MetricsEvent, ResetEvent, RewindEvent
from backend.contract.spec import RunSpec

VERSION = version("skiplab")
SUMMARY = "Launch, watch and compare CNN training runs."

STREAMED: tuple[type[BaseModel], ...] = (RunSpec, MetricsEvent, RewindEvent, CatalogEvent, ResetEvent)
"""Models that no route answers with, but that travel in the event stream or in a run."""


def install(app: FastAPI) -> None:
    """Let `app` describe the stream's payloads as well."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    _, streamed = models_json_schema(
        [(model, "serialization") for model in STREAMED], ref_template="#/components/schemas/{model}"
    )
    schemas = document["components"]["schemas"]
    for name, schema in streamed["$defs"].items():
        schemas.setdefault(name, schema)
    return document


def main() -> None:
    from backend.main import create_app
    from backend.queue import CeleryQueue
    from backend.settings import Settings

    app = create_app(Settings(), CeleryQueue("memory://"))
    Path(sys.argv[1]).write_text(json.dumps(app.openapi(), indent=1) + "\n")


if __name__ == "__main__":
    main()
