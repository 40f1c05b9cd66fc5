"""From what a plugin declares to what the lab trains: its networks, its data sets, and their cards."""

import logging
from inspect import unwrap
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from torch import nn

from skiplab.contract.catalog import DatasetCard, ModelDetails
from worker.datasets import cards as datasets
from worker.datasets.images import ImageData, Labels
from worker.errors import CannotTrain
from worker.models.network import Network, Shape
from worker.models.tried import tried_card
from worker.models.versions import plugin_version
from worker.plugins.account import account
from worker.plugins.calling import call_builder, call_loader
from worker.plugins.declare import BadPlugin, Declared, DeclaredDataset, DeclaredModel
from worker.plugins.forms import Converted, converted
from worker.plugins.inspection import Findings, failed
from worker.plugins.source import Plugin, named

log = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound=Declared)

EDGE = (Exception, SystemExit)
"""What a plugin's code may throw at the lab."""


class PluginGone(CannotTrain):
    def __init__(self, key: str, plugin: str) -> None:
        super().__init__(f"{key} is no longer in the plugin {plugin}: put it back, or cancel the runs that want it.")


def network(key: str, plugin: str, home: Path) -> Network:
    """Raises PluginGone, and whatever the plugin's code raises."""
    return as_network(_declared(key, plugin, home, DeclaredModel))


def load(key: str, plugin: str, home: Path) -> ImageData:
    """Raises PluginGone, BadPlugin, and whatever the plugin's code raises."""
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
        return built

    return Network(
        declared.label, builder, declared.paper, declared.smallest, fits_image=True, defaults=declared.defaults
    )


def inspect(plugin: Plugin, home: Path) -> Findings:
    """The cards of what a plugin declares; what fails has a card that says so."""
    try:
        found = plugin.load()
    except EDGE as error:
        return _with_files(Findings(models=[failed(plugin, account(plugin.name, error))]), plugin)
    models = [_model_card(each, plugin, home) for each in found if isinstance(each, DeclaredModel)]
    datasets = [_dataset_card(each, plugin, home) for each in found if isinstance(each, DeclaredDataset)]
    return _with_files(Findings(models=models, datasets=datasets), plugin)


def _with_files(findings: Findings, plugin: Plugin) -> Findings:
    """With the files that they depend on, as far as they were imported."""
    imported = plugin.realm.imported() if plugin.realm is not None else []
    return findings.model_copy(update={"files": sorted({*map(str, plugin.files()), *map(str, imported)})})


def _model_card(declared: DeclaredModel, plugin: Plugin, home: Path) -> ModelDetails:
    known = (card.image_shape for card in datasets(home) if card.image_shape is not None)
    return tried_card(
        declared.key,
        as_network(declared),
        origin="plugin",
        source=plugin.name,
        version=plugin_version(plugin.fingerprint()),
        explain=lambda error: account(plugin.name, error),
        shapes=known,
    )


def _dataset_card(declared: DeclaredDataset, plugin: Plugin, home: Path) -> DatasetCard:
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
    except EDGE as error:
        return card.model_copy(update={"error": account(plugin.name, error)})
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
    return card.model_copy(update=facts)


def _converted(declared: DeclaredDataset, home: Path) -> Converted:
    return converted(declared, call_loader(declared.load, home), home)


def _declared(key: str, plugin: str, home: Path, kind: type[Kind]) -> Kind:
    holder = named(home, plugin)
    found = holder.load() if holder is not None else []
    for each in found:
        if isinstance(each, kind) and each.key == key:
            return each
    raise PluginGone(key, plugin)
