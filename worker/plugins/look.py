"""Looks at every plugin, each in a process of its own: one that hangs or crashes spoils nothing but its own card."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel, ValidationError

from backend.contract.catalog import DatasetCard, ModelDetails
from worker.plugins.source import Plugin, find

PATIENCE_SECONDS = 120.0
"""For one plugin; most of it is for importing torch on a busy machine."""


class Findings(BaseModel):
    """All cards of one plugin, or of all."""

    models: list[ModelDetails] = []
    datasets: list[DatasetCard] = []


def look(
    home: Path, *, taken_models: set[str], taken_datasets: set[str], patience: float = PATIENCE_SECONDS
) -> Findings:
    """What all plugins offer. A key belongs to the first that takes it."""
    whole = Findings()
    models, datasets = set(taken_models), set(taken_datasets)
    for plugin in find(home):
        found = _inspected(plugin, home, patience)
        whole.models += [_own_key(card, plugin, models) for card in found.models]
        whole.models += [_taken(card, plugin, models) for card in found.datasets if card.key in datasets]
        whole.datasets += [card for card in found.datasets if card.key not in datasets]
        datasets.update(card.key for card in found.datasets)
    return whole


def failed(plugin: Plugin, error: str) -> ModelDetails:
    """The card of a plugin that cannot say what it offers."""
    return ModelDetails(key=plugin.key, label=plugin.name, origin="plugin", source=plugin.name, error=error)


def _inspected(plugin: Plugin, home: Path, patience: float) -> Findings:
    command = [sys.executable, "-m", "worker", "inspect", plugin.name]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
            env={**os.environ, "SKIPLAB_HOME": str(home)},
        )
    except subprocess.TimeoutExpired:
        return Findings(models=[failed(plugin, f"{plugin.name} was not done after {patience:g} s.")])
    if done.returncode:
        how = signal.Signals(-done.returncode).name if done.returncode < 0 else f"exit status {done.returncode}"
        return Findings(models=[failed(plugin, f"{done.stderr[-4000:]}\n{plugin.name} ended the process: {how}.")])
    try:
        return Findings.model_validate_json(done.stdout)
    except ValidationError:
        return Findings(models=[failed(plugin, f"{done.stderr[-4000:]}\n{plugin.name} ended the process early.")])


def _own_key(card: ModelDetails, plugin: Plugin, taken: set[str]) -> ModelDetails:
    return _with_key(card, taken) if card.key not in taken else _taken(card, plugin, taken)


def _taken(card: ModelDetails | DatasetCard, plugin: Plugin, taken: set[str]) -> ModelDetails:
    what = "network" if isinstance(card, ModelDetails) else "data set"
    given = card.error if card.error and card.key == plugin.key else None
    error = given or f"{plugin.name}: another {what} has the key {card.key!r}: choose a key of your own"
    return _with_key(failed(plugin, error), taken)


def _with_key(card: ModelDetails, taken: set[str]) -> ModelDetails:
    """Under its own key where that is free, else one that no plugin can declare."""
    key, number = card.key, 1
    while key in taken:
        key = f"plugin.{card.key}" if number == 1 else f"plugin.{card.key}.{number}"
        number += 1
    taken.add(key)
    return card.model_copy(update={"key": key})
