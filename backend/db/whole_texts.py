"""Texts that any answer can be written with. Names of files and what programs print can hold halves of characters
(surrogates), which UTF-8 has no bytes for: one in a stored row would fail every list that the row is in."""

import json
import re
from typing import Any

HALF = re.compile("[\ud800-\udfff]")
UNWANTED = re.compile("[\0\ud800-\udfff]")
MARK = "\N{REPLACEMENT CHARACTER}"


def whole(text: str) -> str:
    """Without NUL, which PostgreSQL has no place for, and without halves of characters."""
    return UNWANTED.sub(MARK, text)


def read_json(given: str | bytes) -> Any:
    """From a JSON column; PostgreSQL's driver gives bytes."""
    text = given if isinstance(given, str) else given.decode()
    value = json.loads(text)
    return _mended(value) if "\\ud" in text.lower() else value


def _mended(value: Any) -> Any:
    match value:
        case str():
            return HALF.sub(MARK, value)
        case list():
            return [_mended(each) for each in value]
        case dict():
            return {HALF.sub(MARK, key): _mended(each) for key, each in value.items()}
    return value
