"""Reads the value of a Host header (RFC 9110, 7.2), strictly: what is taken for a name must be one to every reader."""

import ipaddress
import re

LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*")
"""As DNS has it, and with the underscore that container networks use; no dot at the end."""

HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\[\]:@/\\?#\s]+)(:(?P<port>\d{0,5}))?", re.ASCII)


def host_name(given: str) -> str | None:
    """The name or address without its port, in small letters and an IPv6 address without brackets and in its short
    form; None for what is no host."""
    found = HOST.fullmatch(given.lower())
    if found is None or int(found["port"] or 80) not in range(1, 65536):
        return None
    name = found["name"]
    if name.startswith("["):
        return _address(name[1:-1])
    return name if NAME.fullmatch(name) else None


def host_port(given: str) -> int | None:
    """The port that stands in it; None where none does."""
    found = HOST.fullmatch(given.lower())
    return int(found["port"]) if found and found["port"] else None


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        return None
