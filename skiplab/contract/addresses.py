"""URL of a lab, from the address that it listens on."""

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
"""Addresses to listen on, and what to call them by."""


def address(host: str, port: int) -> str:
    """Return the lab's URL."""
    name = EVERYWHERE.get(host) or (f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"
