"""The light package of clients, plugins, command line and shared contract. Imports neither torch nor SQL nor a web
framework.

Names are imported on first use, so that `import skiplab` is cheap. `import skiplab as wandb` runs common scripts:
docs/guides/logging.md lists what is supported.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skiplab.client.active import alert, define_metric, finish, init, log, save, unwatch, watch
    from skiplab.client.config import Config, Summary
    from skiplab.client.failures import CannotResume, StopRequested
    from skiplab.client.lab import AsyncLab, Lab
    from skiplab.client.levels import AlertLevel
    from skiplab.client.media import Histogram, Image, Table
    from skiplab.client.run import Run
    from skiplab.plugins import dataset, metric, model, models_of

    run: Run | None
    config: Config
    summary: Summary

__all__ = [
    "AlertLevel",
    "AsyncLab",
    "CannotResume",
    "Histogram",
    "Image",
    "Lab",
    "Run",
    "StopRequested",
    "Table",
    "alert",
    "config",
    "dataset",
    "define_metric",
    "finish",
    "init",
    "log",
    "metric",
    "model",
    "models_of",
    "run",
    "save",
    "summary",
    "unwatch",
    "watch",
]

HOMES = {
    **dict.fromkeys(("dataset", "metric", "model", "models_of"), "skiplab.plugins"),
    **dict.fromkeys(
        ("alert", "define_metric", "finish", "init", "log", "save", "unwatch", "watch"), "skiplab.client.active"
    ),
    **dict.fromkeys(("CannotResume", "StopRequested"), "skiplab.client.failures"),
    **dict.fromkeys(("Histogram", "Image", "Table"), "skiplab.client.media"),
    **dict.fromkeys(("AsyncLab", "Lab"), "skiplab.client.lab"),
    "AlertLevel": "skiplab.client.levels",
    "Run": "skiplab.client.run",
}
"""Module that defines each name."""

OF_THE_ACTIVE_RUN = frozenset({"run", "config", "summary"})


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(import_module(HOMES[name]), name)
    if name in OF_THE_ACTIVE_RUN:
        from skiplab.client.active import current

        return current(name)
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from skiplab.client.unsupported import ignored

    return ignored(name, of=__name__)


def __dir__() -> list[str]:
    return sorted({*globals(), *HOMES, *OF_THE_ACTIVE_RUN})
