"""What an agent's token may do besides reading. Nothing here deletes, stops, or makes another token."""

import re

from backend import api_paths

MAY = {
    "POST": re.compile(
        re.escape(api_paths.PREFIX) + r"/(estimate|runs|runs/resolve|experiments|experiments/[0-9]+/runs)"
    ),
    "PATCH": re.compile(re.escape(api_paths.PREFIX) + r"/runs/[0-9]+"),
}
"""Paths by method. A list of what is allowed: a new route is not, until it is named here."""


def agent_may(method: str, path: str) -> bool:
    """`path`: without the root path."""
    allowed = MAY.get(method)
    return allowed is not None and allowed.fullmatch(path) is not None
