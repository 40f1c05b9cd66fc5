"""What a user imports and types, and what every process of a lab agrees on. Never torch, SQL or a web framework.

Each name is imported when it is first used: `import skiplab` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skiplab.plugins import dataset, metric, model, models_of

__all__ = ["dataset", "metric", "model", "models_of"]

HOMES = dict.fromkeys(("dataset", "metric", "model", "models_of"), "skiplab.plugins")
"""Name to the module that defines it."""


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES})
