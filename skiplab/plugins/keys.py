"""Keys of what a plugin offers, and the name of what builds it."""

import re
from collections.abc import Callable
from typing import Any

from skiplab.plugins.failures import BadPlugin

KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,63}")
RESERVED = ("torchvision.", "plugin.")


def valid(name: str) -> str:
    """A key that is as close to the name as keys allow."""
    return re.sub(r"[^a-z0-9_.\-]+", "_", name.lower()).strip("_.-")[:64]


def name_of(build: Callable[..., Any]) -> str | None:
    inner = getattr(build, "func", build)  # of a partial
    name = getattr(inner, "__name__", None)
    return name if isinstance(name, str) and name != "<lambda>" else None


def key_of(build: Callable[..., Any]) -> str:
    key = valid(name_of(build) or "")
    if not key:
        raise BadPlugin(f"a {type(build).__name__} without a name needs a key: @model('key'), or model('key', build)")
    return checked_key(key)


def checked_key(key: object) -> str:
    """Return the key in lower case. Raises BadPlugin for an invalid one."""
    if not isinstance(key, str) or not KEY.fullmatch(key.lower()) or key.lower().startswith(RESERVED):
        raise BadPlugin(
            f"{key!r} cannot be a key: use a-z, 0-9, '_', '.' and '-', at most 64 of them, and do not begin with"
            f" {' or '.join(RESERVED)}"
        )
    return key.lower()
