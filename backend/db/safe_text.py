"""Sanitise text for storage. File names and program output can contain lone surrogates, which UTF-8 cannot encode: one
in a stored row would fail every response that includes it."""

import json
import re
from typing import Any

SURROGATE = re.compile("[\ud800-\udfff]")
UNWANTED = re.compile("[\0\ud800-\udfff]")
MARK = "\N{REPLACEMENT CHARACTER}"


def sanitised(text: str) -> str:
    """Replace NUL, which PostgreSQL cannot store, and lone surrogates by U+FFFD."""
    return UNWANTED.sub(MARK, text)


def read_json(given: str | bytes) -> Any:
    """Parse a JSON column, replacing lone surrogates; PostgreSQL's driver passes bytes."""
    text = given if isinstance(given, str) else given.decode()
    value = json.loads(text)
    return _sanitised(value) if "\\ud" in text.lower() else value


def _sanitised(value: Any) -> Any:
    match value:
        case str():
            return SURROGATE.sub(MARK, value)
        case list():
            return [_sanitised(each) for each in value]
        case dict():
            return {SURROGATE.sub(MARK, key): _sanitised(each) for key, each in value.items()}
    return value
