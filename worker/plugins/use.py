"""Load networks, data sets and metrics that plugins declare, for a run."""

import logging
from collections.abc import Collection, Mapping
from functools import partial
from inspect import unwrap
from pathlib import Path
from typing import TypeVar

from torch import nn

from skiplab.plugins import BadPlugin, Declared, DeclaredDataset, DeclaredMetric, DeclaredModel
from worker.datasets.images import ImageData
from worker.errors import CannotTrain
from worker.forked import forked
from worker.models.faults import USER_CODE_ERRORS
from worker.models.global_state import preserved
from worker.models.network import Network, Shape
from worker.models.outputs import LogitsFirst
from worker.plugins.calls import call_builder
from worker.plugins.conversion import converted_by
from worker.plugins.import_scope import ImportScope
from worker.plugins.plugin import Plugin
from worker.plugins.source import named
from worker.training import draws
from worker.training.own_metrics import OwnMetric

log = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound=Declared)

METRICS_SECONDS = 30.0
"""Timeout for importing a plugin that declares metrics, which delays the start of a run."""


class NotInPlugin(CannotTrain):
    """Raised when a plugin does not declare a network or data set any more."""

    def __init__(self, key: str, plugin: str) -> None:
        super().__init__(f"{key} is no longer in the plugin {plugin}. Restore it, or cancel the runs that use it.")


def network(key: str, plugin: str, home: Path) -> Network:
    """Load a plugin and return one of its networks. Raises NotInPlugin, and whatever the plugin's code raises."""
    return as_network(_declared(key, plugin, home, DeclaredModel))


def load(key: str, plugin: str, home: Path) -> ImageData:
    """Load a plugin and one of its data sets. Raises NotInPlugin, BadPlugin, and whatever the plugin's code raises."""
    found = converted_by(_declared(key, plugin, home, DeclaredDataset), home)
    for note in found.notes:
        log.info("%s: %s", key, note)
    return found.data


def as_network(declared: DeclaredModel) -> Network:
    """Wrap a declared builder, which may take its arguments under other names."""

    def builder(*, classes: int, image_shape: Shape) -> nn.Module:
        if isinstance(unwrap(declared.build), nn.Module):
            raise BadPlugin(
                f"{declared.key} declares a network instance: declare its class or a function that builds it, so that"
                " each run initialises its own weights"
            )
        built = call_builder(declared.build, classes=classes, image_shape=image_shape)
        if not isinstance(built, nn.Module):
            raise BadPlugin(f"{declared.key}: build() returned a {type(built).__name__}, not a torch.nn.Module")
        LogitsFirst(declared.key, classes).attach(built)
        return built

    return Network(
        declared.label, builder, declared.paper, declared.smallest, fits_image=True, defaults=declared.defaults
    )


def metrics(offered: Mapping[str, Collection[str]], home: Path) -> list[OwnMetric]:
    """Return the metrics of plugins; a key that several declare comes from the first.

    `offered`: keys of quantities by plugin, as announced. Errors are logged, and only lose that plugin's metrics.
    Changes to global settings are undone with a warning, since every run imports these plugins.
    """
    found: dict[str, OwnMetric] = {}
    for name, keys in offered.items():
        holder = named(home, name)
        if holder is None:
            continue
        try:
            # In a forked process first: code that hangs or calls sys.exit() must not end every run.
            forked(partial(_can_load, holder), timeout=METRICS_SECONDS)
            declared, scope, changed = _load_isolated(holder)
        except USER_CODE_ERRORS:
            log.exception("the metrics of %s are missing from this run: it cannot be imported", name)
            continue
        for each in declared:
            if isinstance(each, DeclaredMetric) and any(quantity.key in keys for quantity in each.quantities(name)):
                found.setdefault(each.key, OwnMetric(each.key, each.compute, scope.active))
        if changed:
            log.warning("importing %s changes %s; undone, since every run imports it", name, ", ".join(changed))
    return list(found.values())


def _load_isolated(plugin: Plugin) -> tuple[list[Declared], ImportScope, list[str]]:
    """Load a plugin without effects on this process.

    Returns what it declares, its import scope, and the names of the global settings that it changed.
    """
    # The GPU's generators need no restoring: the trainer seeds them before it builds the network.
    with ImportScope.restored(), preserved("cpu") as changed:
        # A fixed seed, as for data: what the plugin draws must not depend on the run's seed.
        draws.seed_shared_generators(draws.DATA_SEED)
        declared = plugin.load()
    assert plugin.scope is not None
    return declared, plugin.scope, changed


def _can_load(plugin: Plugin) -> bool:
    """Load a plugin in a forked process; return a value that can be pickled. Raises whatever its code raises."""
    return bool(plugin.load())


def version(plugin: str, home: Path) -> str | None:
    """Return the version of the code of a plugin's networks. Raises whatever the plugin's code raises."""
    holder = named(home, plugin)
    if holder is not None:
        holder.load()
    return holder.version if holder is not None else None


def _declared(key: str, plugin: str, home: Path, kind: type[Kind]) -> Kind:
    holder = named(home, plugin)
    found = holder.load() if holder is not None else []
    for each in found:
        if isinstance(each, kind) and each.key == key:
            return each
    raise NotInPlugin(key, plugin)
