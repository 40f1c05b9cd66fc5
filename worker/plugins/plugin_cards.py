"""Make the cards of what a plugin declares."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.plugins import DeclaredDataset, DeclaredMetric, DeclaredModel
from worker.datasets import cards as datasets
from worker.datasets.images import Labels
from worker.forked import forked
from worker.models.faults import USER_CODE_ERRORS, is_transient
from worker.models.probing import Probed, Runner, probed_card
from worker.models.versions import plugin_version
from worker.models.warm import warm_up
from worker.plugins.conversion import converted_by
from worker.plugins.error_report import error_report
from worker.plugins.inspection import Findings, failed, merged
from worker.plugins.plugin import Plugin
from worker.plugins.use import as_network

NETWORK_SECONDS = 100.0
"""Timeout of one trial of a network; below that of an inspection between two cards."""


def inspect(plugin: Plugin, home: Path) -> Findings:
    """Return all that `inspected` yields, merged."""
    whole = Findings()
    for found in inspected(plugin, home):
        whole = merged(whole, found)
    return whole


def inspected(plugin: Plugin, home: Path) -> Iterator[Findings]:
    """Yield the card of each declaration as soon as it is made; failures become cards with the error.

    The last findings hold the files that the cards depend on, as far as they were imported.
    """
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
    # Forked trials import what the network needs only when it is built, which this process never does.
    imported = run.imported | set(_imported(plugin))
    yield Findings(files=sorted({*map(str, plugin.files()), *imported}), is_transient=run.is_transient)


class _Forked:
    """Runs trials of networks in forked processes, and collects the files that they import."""

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
        found = converted_by(declared, home)
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
