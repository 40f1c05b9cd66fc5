"""From what a plugin declares to what the lab trains: its networks, its data sets, and their cards."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from inspect import unwrap
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from torch import nn

from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.plugins import BadPlugin, Declared, DeclaredDataset, DeclaredMetric, DeclaredModel
from worker.datasets import cards as datasets
from worker.datasets.images import ImageData, Labels
from worker.errors import CannotTrain
from worker.forked import forked
from worker.models.faults import USER_CODE_ERRORS, is_transient
from worker.models.global_state import preserved
from worker.models.network import Network, Shape
from worker.models.outputs import LogitsFirst
from worker.models.probing import Probed, Runner, probed_card
from worker.models.versions import plugin_version
from worker.models.warm import warm_up
from worker.plugins.calls import call_builder, call_loader
from worker.plugins.conversion import Converted, convert
from worker.plugins.error_report import error_report
from worker.plugins.import_scope import ImportScope
from worker.plugins.inspection import Findings, failed, merged
from worker.plugins.source import Plugin, named
from worker.training import draws
from worker.training.own_metrics import OwnMetric

log = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound=Declared)

NETWORK_SECONDS = 100.0
"""For one trial of a network: less than a whole inspection waits for the next card."""

METRICS_SECONDS = 30.0
"""For importing one plugin that declares metrics. A run waits for it before it starts."""


class NotInPlugin(CannotTrain):
    def __init__(self, key: str, plugin: str) -> None:
        super().__init__(f"{key} is no longer in the plugin {plugin}: put it back, or cancel the runs that want it.")


def network(key: str, plugin: str, home: Path) -> Network:
    """Raises NotInPlugin, and whatever the plugin's code raises."""
    return as_network(_declared(key, plugin, home, DeclaredModel))


def load(key: str, plugin: str, home: Path) -> ImageData:
    """Raises NotInPlugin, BadPlugin, and whatever the plugin's code raises."""
    found = _converted(_declared(key, plugin, home, DeclaredDataset), home)
    for note in found.notes:
        log.info("%s: %s", key, note)
    return found.data


def as_network(declared: DeclaredModel) -> Network:
    def builder(*, classes: int, image_shape: Shape) -> nn.Module:
        if isinstance(unwrap(declared.build), nn.Module):
            raise BadPlugin(
                f"{declared.key} is of a network that is built already: give what builds one, so that each run draws"
                " weights of its own"
            )
        built = call_builder(declared.build, classes=classes, image_shape=image_shape)
        if not isinstance(built, nn.Module):
            raise BadPlugin(f"{declared.key}: build() gave a {type(built).__name__}, not a torch.nn.Module")
        LogitsFirst(declared.key, classes).attach(built)
        return built

    return Network(
        declared.label, builder, declared.paper, declared.smallest, fits_image=True, defaults=declared.defaults
    )


def metrics(offered: Mapping[str, Collection[str]], home: Path) -> list[OwnMetric]:
    """Those whose quantities these plugins offer, each key once. A plugin that cannot be imported costs its metrics
    alone, and is logged; one that changes switches of the process where it is imported has that undone, with a warning:
    every run imports it, whatever it trains."""
    found: dict[str, OwnMetric] = {}
    for name, keys in offered.items():
        holder = named(home, name)
        if holder is None:
            continue
        try:
            # Apart first: every run imports it, and one that is being edited may hang or end the process.
            forked(partial(_can_load, holder), timeout=METRICS_SECONDS)
            declared, scope, changed = _loaded_undisturbed(holder)
        except USER_CODE_ERRORS:
            log.exception("the metrics of %s are missing from this run: it cannot be imported", name)
            continue
        for each in declared:
            if isinstance(each, DeclaredMetric) and any(quantity.key in keys for quantity in each.quantities(name)):
                found.setdefault(each.key, OwnMetric(each.key, each.compute, scope.visited))
        if changed:
            log.warning("%s changes %s where it is imported: undone, as every run imports it", name, ", ".join(changed))
    return list(found.values())


def _loaded_undisturbed(plugin: Plugin) -> tuple[list[Declared], ImportScope, list[str]]:
    """What it declares, where it imports from, and the switches of the process that it changed."""
    # A GPU's generator is not restored: the trainer seeds it before it builds the network.
    with ImportScope.restored(), preserved("cpu") as changed:
        # As where it loads data: it draws the same in every run, whatever its seed.
        draws.seed_shared_generators(draws.DATA_SEED)
        declared = plugin.load()
    assert plugin.scope is not None
    return declared, plugin.scope, changed


def _can_load(plugin: Plugin) -> bool:
    """Raises whatever the plugin's code raises."""
    return bool(plugin.load())


def version(plugin: str, home: Path) -> str | None:
    """Of the code of a plugin's networks. Raises whatever the plugin's code raises."""
    holder = named(home, plugin)
    if holder is not None:
        holder.load()
    return holder.version if holder is not None else None


def inspect(plugin: Plugin, home: Path) -> Findings:
    """All that `inspected` gives, in one."""
    whole = Findings()
    for found in inspected(plugin, home):
        whole = merged(whole, found)
    return whole


def inspected(plugin: Plugin, home: Path) -> Iterator[Findings]:
    """The cards of what a plugin declares, each as soon as it is made; what fails has a card that says so. The last
    findings are of files: those that the cards depend on, as far as they were imported."""
    run = _Forked(plugin)
    try:
        found = plugin.load()
    except USER_CODE_ERRORS as error:
        yield Findings(models=[failed(plugin, error_report(plugin.name, error))], is_transient=is_transient(error))
        found = []
    for each in found:
        match each:
            case DeclaredModel():
                yield Findings(models=[_model_card(each, plugin, home, run)])
            case DeclaredDataset():
                yield _dataset_findings(each, plugin, home)
            case DeclaredMetric():
                yield Findings(quantities=each.quantities(plugin.name))
    imported = run.imported | set(_imported(plugin))
    yield Findings(files=sorted({*map(str, plugin.files()), *imported}), is_transient=run.is_transient)


class _Forked:
    """Runs what tries a network in a process of its own, and knows what that has imported."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin
        self.imported: set[str] = set()
        self.is_transient = False

    def __call__(self, function: Callable[[], Any]) -> Any:
        warm_up()
        found, imported = forked(lambda: (function(), _imported(self._plugin)), timeout=NETWORK_SECONDS)
        self.imported |= set(imported)
        self.is_transient |= isinstance(found, Probed) and found.is_transient
        return found


def _imported(plugin: Plugin) -> list[str]:
    return [str(each) for each in plugin.scope.imported()] if plugin.scope is not None else []


def _model_card(declared: DeclaredModel, plugin: Plugin, home: Path, run: Runner) -> ModelDetails:
    known = (card.image_shape for card in datasets(home) if card.image_shape is not None)
    return probed_card(
        declared.key,
        as_network(declared),
        origin="plugin",
        source=plugin.name,
        version=plugin_version(plugin.version or plugin.fingerprint()),
        explain=lambda error: error_report(plugin.name, error),
        shapes=known,
        run=run,
    )


def _dataset_findings(declared: DeclaredDataset, plugin: Plugin, home: Path) -> Findings:
    card = DatasetCard(
        key=declared.key,
        label=declared.label,
        classes=list(declared.classes) if declared.classes is not None else None,
        available=True,
        source=declared.source,
        plugin=plugin.name,
    )
    try:
        found = _converted(declared, home)
    except USER_CODE_ERRORS as error:
        failing = card.model_copy(update={"error": error_report(plugin.name, error)})
        return Findings(datasets=[failing], is_transient=is_transient(error))
    data = found.data

    def counts(labels: Labels | None) -> list[int] | None:
        return None if labels is None else np.bincount(labels, minlength=len(data.classes)).tolist()

    facts: dict[str, Any] = {
        "classes": list(data.classes),
        "train_images": len(data.train_images),
        "test_images": len(data.test_images),
        "val_images": None if data.val_images is None else len(data.val_images),
        "train_counts": counts(data.train_labels),
        "test_counts": counts(data.test_labels),
        "val_counts": counts(data.val_labels),
        "image_shape": data.image_shape,
        "notes": list(found.notes),
    }
    return Findings(datasets=[card.model_copy(update=facts)])


def _converted(declared: DeclaredDataset, home: Path) -> Converted:
    return convert(declared, call_loader(declared.load, home), home)


def _declared(key: str, plugin: str, home: Path, kind: type[Kind]) -> Kind:
    holder = named(home, plugin)
    found = holder.load() if holder is not None else []
    for each in found:
        if isinstance(each, kind) and each.key == key:
            return each
    raise NotInPlugin(key, plugin)
