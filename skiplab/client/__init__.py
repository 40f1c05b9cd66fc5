"""Clients of a lab's API: `Lab`, and `AsyncLab` for asyncio. Imports nothing of the server."""

from skiplab.client.errors import (
    Ambiguous,
    BadConnection,
    Conflict,
    Invalid,
    LabError,
    NoAccess,
    NotFound,
    Refused,
    ServerFault,
    Unreachable,
    WaitTimeout,
)
from skiplab.client.events import Event
from skiplab.client.lab import AsyncLab, Lab

__all__ = [
    "Ambiguous",
    "AsyncLab",
    "BadConnection",
    "Conflict",
    "Event",
    "Invalid",
    "Lab",
    "LabError",
    "NoAccess",
    "NotFound",
    "Refused",
    "ServerFault",
    "Unreachable",
    "WaitTimeout",
]
