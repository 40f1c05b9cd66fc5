"""Clients of a lab: `Lab` and `AsyncLab` for its API, and the logging run with its spool.

Names are imported on first use: a script that only logs needs none of the API's models.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

MODULES = {"AsyncLab": "lab", "Lab": "lab", "Event": "events"}
"""Modules that define names, where it is not `errors`."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{MODULES.get(name, 'errors')}"), name)
