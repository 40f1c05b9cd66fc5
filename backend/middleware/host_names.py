"""Strict parsing of the Host header (RFC 9110, 7.2), so that no other parser can read another name."""

import ipaddress
import re

LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*")
"""A DNS name, also with the underscores of container networks; no trailing dot."""

HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\[\]:@/\\?#\s]+)(:(?P<port>\d{0,5}))?", re.ASCII)


def host_name(given: str) -> str | None:
    """Return the name or address without its port, in lower case, an IPv6 address compressed and without brackets; None
    if it is invalid."""
    found = HOST.fullmatch(given.lower())
    if found is None or int(found["port"] or 80) not in range(1, 65536):
        return None
    name = found["name"]
    if name.startswith("["):
        return _address(name[1:-1])
    return name if NAME.fullmatch(name) else None


def host_port(given: str) -> int | None:
    """Return the port; None without one."""
    found = HOST.fullmatch(given.lower())
    return int(found["port"]) if found and found["port"] else None


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        return None
