"""Find, load and inspect users' networks, data sets and metrics.

What plugins call is in `skiplab.plugins`; importing its names from here is deprecated.
"""

import logging
from functools import cache
from typing import Any

from skiplab import plugins

log = logging.getLogger(__name__)

MOVED = ("dataset", "model", "models_of")


def __getattr__(name: str) -> Any:
    if name not in MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _warn()
    return getattr(plugins, name)


@cache
def _warn() -> None:
    """Log the deprecation once per process."""
    log.warning("importing from worker.plugins is deprecated: use `from skiplab import model, dataset` instead")
