"""The OpenAPI document, completed so that the frontend's types can be generated from it."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from backend.auth.middleware import PUBLIC
from backend.middleware.idempotency import PARAMETER, takes_key
from skiplab.contract.events import EventPayloads
from skiplab.contract.spec import RunSpec

VERSION = version("skiplab")
SUMMARY = "Launch, watch and compare CNN training runs."

STREAMED: tuple[type[BaseModel], ...] = (RunSpec, EventPayloads)
"""Models that no route returns, but that are part of the event stream or of a run."""


def install(app: FastAPI) -> None:
    """Extend the OpenAPI document of `app` by event payloads, keys, errors and authentication."""

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
    document = _with_plain_names(document)
    _describe_keys(document)
    _describe_failures(document)
    _describe_authentication(document)
    return document


def _with_plain_names(document: dict[str, Any]) -> dict[str, Any]:
    """Call a generic model by its class, which is its title: its parameter is the backend's own type."""
    schemas = document["components"]["schemas"]
    plain = {
        f"#/components/schemas/{name}": schema["title"]
        for name, schema in schemas.items()
        if schema.get("title", name) not in schemas
    }

    def renamed(part: Any) -> Any:
        if isinstance(part, list):
            return [renamed(each) for each in part]
        if not isinstance(part, dict):
            return part
        found = {key: renamed(value) for key, value in part.items()}
        if (ref := found.get("$ref")) in plain:
            found["$ref"] = f"#/components/schemas/{plain[ref]}"
        return found

    document = renamed(document)
    document["components"]["schemas"] = {
        plain.get(f"#/components/schemas/{name}", name): schema
        for name, schema in document["components"]["schemas"].items()
    }
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _describe_failures(document: dict[str, Any]) -> None:
    """Correct FastAPI's error responses: it uses the route's media type, and omits 422 if 4XX is declared."""
    for _, _, operation in _operations(document):
        responses = operation["responses"]
        for answer in responses.values():
            content = answer.get("content", {})
            for kind, body in list(content.items()):
                if body.get("schema", {}).get("$ref", "").endswith("/ProblemBody"):
                    content["application/problem+json"] = content.pop(kind)
        if "4XX" in responses and ("requestBody" in operation or operation.get("parameters")):
            description = "Validation error: `errors` has the field, the value given and what is allowed."
            responses["422"] = {**responses["4XX"], "description": description}


def _describe_keys(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        if takes_key(method, path):
            operation.setdefault("parameters", []).append(PARAMETER)


def _describe_authentication(document: dict[str, Any]) -> None:
    """Describe the bearer scheme and the public routes."""
    document["components"]["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "Required unless listening on localhost only.",
        }
    }
    document["security"] = [{"token": []}]
    for method, path, operation in _operations(document):
        if (method, path) in PUBLIC:
            operation["security"] = []
