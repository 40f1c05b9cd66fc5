"""The promises of an OpenAPI document, one line each: a route, a parameter, a field with its types, an enum value."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]


def promises(document: Json) -> set[str]:
    """Lines such as `GET /runs 200 .items[].status = "queued"`."""
    return {*_routes(document), *_payloads(document)}


def _routes(document: Json) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            route = f"{method.upper()} {path}"
            yield route
            for parameter in operation.get("parameters", []):
                name = f"{route} {parameter['in']} {parameter['name']}"
                yield from _fields(document, parameter["schema"], name)
            for body in operation.get("requestBody", {}).get("content", {}).values():
                yield from _fields(document, body.get("schema", {}), f"{route} body ")
            for status, answer in operation["responses"].items():
                for body in answer.get("content", {}).values():
                    yield from _fields(document, body.get("schema", {}), f"{route} {status} ")


def _payloads(document: Json) -> Iterator[str]:
    """Yield the promises of event payloads, which no route returns."""
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Event"):
            yield from _fields(document, schema, f"{name} ")


def _fields(document: Json, schema: Json, where: str, above: tuple[str, ...] = ()) -> Iterator[str]:
    if reference := schema.get("$ref"):
        if reference not in above:
            yield from _fields(document, _named(document, reference), where, (*above, reference))
        return
    for either in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(either, []):
            yield from _fields(document, branch, where, above)
    for value in [*schema.get("enum", []), *([schema["const"]] if "const" in schema else [])]:
        yield f"{where} = {value!r}"
    if "type" in schema:
        yield f"{where}: {schema['type']}"
    for name, own in schema.get("properties", {}).items():
        yield from _fields(document, own, f"{where}.{name}", above)
    for part, marked in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(part), Mapping):
            yield from _fields(document, schema[part], f"{where}{marked}", above)


def _named(document: Json, reference: str) -> Json:
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document
