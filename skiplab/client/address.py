"""Where the lab is: URL and token."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    url: str
    token: str | None = None


def address() -> Address:
    """Return SKIPLAB_URL and SKIPLAB_TOKEN; without them, the lab of this machine."""
    url = os.environ.get("SKIPLAB_URL") or "http://127.0.0.1:8000"
    return Address(url.rstrip("/"), os.environ.get("SKIPLAB_TOKEN") or None)
