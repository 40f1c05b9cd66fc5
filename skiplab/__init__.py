"""The light package of plugins, command line and shared contract. Imports neither torch nor SQL nor a web framework.

Names are imported on first use, so that `import skiplab` is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skiplab.plugins import dataset, metric, model, models_of

__all__ = ["dataset", "metric", "model", "models_of"]

HOMES = dict.fromkeys(("dataset", "metric", "model", "models_of"), "skiplab.plugins")
"""Module that defines each name."""


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES})
