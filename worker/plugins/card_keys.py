"""Give every card a key of its own: a key belongs to the first plugin that declares it."""

from collections.abc import Iterable, Sequence

from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.contract.quantities import Quantity
from worker.plugins.inspection import failed
from worker.plugins.plugin import Plugin


def own_key(card: ModelDetails, plugin: Plugin, taken: set[str]) -> ModelDetails:
    """Return the card of a network, or one that reports that its key is taken. Adds its key to `taken`."""
    return _with_key(card, taken) if card.key not in taken else conflict(card, plugin, taken)


def conflict(card: ModelDetails | DatasetCard, plugin: Plugin, taken: set[str]) -> ModelDetails:
    """Return a card that reports that the key of `card` is taken."""
    if card.inspecting and isinstance(card, ModelDetails):
        return _with_key(card, taken)
    what = "network" if isinstance(card, ModelDetails) else "data set"
    # A plugin that could not be loaded has not chosen its key: its error matters more.
    error = card.error if card.error and card.key == plugin.key else None
    if error is not None:
        return _with_key(failed(plugin, error), taken)
    return refused(plugin, f"{what} has", [card.key], taken)


def refused(plugin: Plugin, other: str, keys: Sequence[str], taken: set[str]) -> ModelDetails:
    """Return a card that reports which keys are taken. `other`: by what, such as `network has`."""
    which = f"the key{'s' if len(keys) > 1 else ''} {', '.join(map(repr, keys))}"
    return _with_key(failed(plugin, f"{plugin.name}: another {other} {which}: choose a key of your own"), taken)


def metric_keys(quantities: Iterable[Quantity]) -> list[str]:
    """Return the keys of metrics from their quantities, of which there is one per part, such as `test/f1`."""
    return list(dict.fromkeys(each.key.removeprefix(f"{each.part}/") for each in quantities))


def _with_key(card: ModelDetails, taken: set[str]) -> ModelDetails:
    """Return the card under its own key, or under one that no plugin can declare if that is taken."""
    key, number = card.key, 1
    while key in taken:
        key = f"plugin.{card.key}" if number == 1 else f"plugin.{card.key}.{number}"
        number += 1
    taken.add(key)
    return card.model_copy(update={"key": key})
