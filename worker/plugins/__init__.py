"""Find, load and inspect users' networks, data sets and metrics.

What plugins call is in `skiplab.plugins`; its names are still found here, for one version.
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
    """Once in a process."""
    log.warning("worker.plugins is deprecated and goes in the next version: write `from skiplab import model, dataset`")
