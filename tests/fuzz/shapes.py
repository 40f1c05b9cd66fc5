"""Input shapes that broke the server, or could: beyond what a schema-based fuzzer generates."""

import json
from collections.abc import Iterator
from typing import Any

TEXTS = (
    "\0",
    "\x1b]0;x\x07",
    "a\nb",
    "x" * 5000,
    "\ufffe\uffff",
    "e\u0301\u202e",
    "😀" * 100,
    "'; DROP TABLE run; --",
    "%00%s%n",
    "../../etc/passwd",
    "=1+1",
)

NUMBERS = (-1, 0, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 10**39, -(10**39), 0.5, 1e308, 5e-324, True)

RAW_VALUES = (
    b"NaN",
    b"-Infinity",
    b"1e400",
    b"-0",
    b"1" * 3000,
    b"1" * 4301,
    b'"\\ud800"',
    b'"\\udfff\\ud800"',
    b'"\\u0000"',
    b'"\xed\xa0\x80"',
    b'"\xff"',
    b'{"\\ud800": 1}',
    b'{"a": 1, "a": 2}',
    b"[" * 50 + b"]" * 50,
    b"[" * 20_000 + b"]" * 20_000,
    b'{"a":' * 200 + b"1" + b"}" * 200,
    b"[" + b"1," * 20_000 + b"1]",
    b"null",
    b"{}",
    b"[]",
)
"""Of a field: what a program that writes JSON by itself would never write, too."""

RAW_BODIES = (
    b"",
    b"{",
    b"\xef\xbb\xbf{}",
    "{}".encode("utf-16"),
    b"\x00",
    b"[]",
    b'"text"',
    b"null",
    b"{" + b",".join(b'"field%d": 1' % number for number in range(900)) + b"}",
    b"{" + b",".join(b'"field%d": 1' % number for number in range(60_000)) + b"}",
    b'{"vary": {' + b",".join(b'"field%d": [0, 1]' % number for number in range(15_000)) + b'}, "name": "x"}',
    b'{"vary": {' + b",".join(b'"field%d": [0, 1]' % number for number in range(800)) + b'}, "name": "x"}',
)

IDS = (
    "0",
    "-1",
    "1" * 19,
    "1" * 20,
    "9" * 300,
    "9" * 4301,
    "1.0",
    "1e3",
    "0x1",
    "%00",
    "%ED%A0%80",
    "%FF",
    "٣",
    "..;",
    "%2e%2e",
    "a b",
    "{}",
)
"""In a path."""

QUERIES = (
    "%00",
    "%ED%A0%80",
    "%FF",
    "%",
    "%zz",
    "9" * 4301,
    "nan",
    "inf",
    "-1",
    "1e400",
    ",".join(["1"] * 3000),
    "%25" * 50,
    "x" * 20_000,
)

HEADERS: tuple[tuple[str, bytes], ...] = (
    ("Last-Event-ID", b"9" * 4301),
    ("Last-Event-ID", b"-1"),
    ("Last-Event-ID", b"\xff"),
    ("Cookie", b"skiplab-8000"),
    ("Cookie", b'a="; b=c; =d; ;;;'),
    ("Cookie", b"x=" + b"y" * 20_000),
    ("Cookie", b"\xff=\xfe"),
    ("Authorization", b"Bearer \xff\xfe"),
    ("Authorization", b"Bearer " + b"x" * 20_000),
    ("Authorization", b"Basic Og=="),
    ("Accept", b"\xff"),
    ("Accept-Encoding", b"gzip;q=x, br;q=-1, \xff"),
    ("Range", b"bytes=" + b"9" * 5000 + b"-"),
    ("Range", b"bytes=" + b",".join(b"%d-%d" % (n, n) for n in range(2000))),
    ("If-Range", b"\xff"),
    ("If-Modified-Since", b"the day before"),
    ("If-None-Match", b"\xff, W/"),
    ("Content-Type", b"application/json; charset=\xff"),
    ("Content-Type", b"multipart/form-data"),
    ("Content-Type", b"application/x-www-form-urlencoded"),
    ("X-Forwarded-For", b"\xff, [::1, 9" + b"9" * 5000),
    ("X-Forwarded-Proto", b"javascript"),
    ("Origin", b"\xff"),
    ("Origin", b"http://[::1"),
    ("Sec-Fetch-Site", b"\xff"),
)

METHODS = ("TRACE", "CONNECT", "OPTIONS", "PATCH", "PUT", "get", "PROPFIND", "X" * 500)


def bodies_of(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[bytes]:
    """Of a body that the document describes: each of its fields in every shape, the others as they should be."""
    if "oneOf" in schema:
        for kind in schema["oneOf"]:
            yield from bodies_of(kind, document)
        return
    fields = _resolved(schema, document).get("properties", {})
    good = {name: _example(_resolved(field, document)) for name, field in fields.items()}
    shapes = [json.dumps(each).encode() for each in (*TEXTS, *NUMBERS)]
    for name in good:
        others = {key: value for key, value in good.items() if key != name and value is not None}
        begin = json.dumps(others).encode()[:-1] + (b", " if others else b"")
        for shape in (*shapes, *RAW_VALUES):
            yield begin + json.dumps(name).encode() + b": " + shape + b"}"
    yield from RAW_BODIES


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    if "anyOf" in schema:
        return _resolved(schema["anyOf"][0], document)
    return schema


def _example(schema: dict[str, Any]) -> Any:
    """Return a valid value of a run's field; None if there is no simple one."""
    if "default" in schema:
        return schema["default"]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    of_kind = {"string": "cnn", "integer": 1, "number": 0.5, "boolean": True, "array": [], "object": {}}
    return of_kind.get(schema.get("type", ""))
