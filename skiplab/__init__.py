"""The light package: plugins, client, command line and shared contract. Imports neither torch, SQL nor a web framework.

Names are imported on first use, so that `import skiplab` is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skiplab.client import AsyncLab, Lab
    from skiplab.plugins import dataset, metric, model, models_of

__all__ = ["AsyncLab", "Lab", "dataset", "metric", "model", "models_of"]

HOMES = {
    **dict.fromkeys(("dataset", "metric", "model", "models_of"), "skiplab.plugins"),
    **dict.fromkeys(("AsyncLab", "Lab"), "skiplab.client"),
}
"""Module that defines each name."""


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES})
