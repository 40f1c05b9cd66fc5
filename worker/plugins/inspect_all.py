"""Inspects plugins, each in a process of its own: one that hangs or crashes spoils nothing but its own card.

Only what has changed is inspected; several are side by side, and each result is published as soon as it is there.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel

from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.contract.quantities import Quantity
from worker.plugins.inspection import PATIENCE_SECONDS, Findings, Inspection, failed, merged
from worker.plugins.inspection_cache import CHANGED, Inspected, InspectionCache
from worker.plugins.source import Plugin, find, stamp

SIDE_BY_SIDE = 2

SLOW_SECONDS = 15.0
"""An inspection that takes longer no longer holds up the next one."""

MOST_AT_ONCE = 6

POLL_SECONDS = 0.05
CHANGE_SECONDS = 1.0
"""How often it is looked whether files have changed meanwhile."""

Publish = Callable[[Findings], None]

__all__ = ["Findings", "failed", "inspect_all"]


def inspect_all(
    home: Path,
    *,
    taken_models: set[str],
    taken_datasets: set[str],
    patience: float = PATIENCE_SECONDS,
    publish: Publish = lambda _whole: None,
    anew: bool = True,
) -> Findings:
    """What all plugins offer. A key belongs to the first that takes it. `anew`: also those that have not changed."""
    return _Round(home, taken_models, taken_datasets, patience, publish).run(anew=anew)


class _Offer(BaseModel):
    """What is known of one plugin at the moment."""

    findings: Findings  # of the last inspection
    fresh: Findings = Findings()  # of the one that is under way
    inspecting: bool = False
    known: bool = True  # else the findings hold its place


class _Round:
    """All plugins, until each has been inspected as it is now."""

    def __init__(
        self, home: Path, taken_models: set[str], taken_datasets: set[str], patience: float, publish: Publish
    ) -> None:
        self._home, self._patience, self._publish = home, patience, publish
        self._taken_models, self._taken_datasets = taken_models, taken_datasets
        self._shelf = InspectionCache(home)
        self._plugins: list[Plugin] = []
        self._offers: dict[str, _Offer] = {}
        self._waiting: list[Plugin] = []
        self._running: list[Inspection] = []

    def run(self, *, anew: bool) -> Findings:
        seen, looked_at = stamp(self._home), time.monotonic()
        self._take_stock(anew=anew)
        try:
            while self._waiting or self._running:
                self._begin_next()
                if self._settle_ended():
                    self._tell()
                now = time.monotonic()
                if now - looked_at >= CHANGE_SECONDS:
                    looked_at = now
                    if (changed := stamp(self._home)) != seen:
                        seen = changed
                        self._take_stock(anew=False)
                time.sleep(POLL_SECONDS)
        finally:
            for each in self._running:
                each.end()
        return self._whole()

    def _take_stock(self, *, anew: bool) -> None:
        """Which plugins there are, and which of them are to be inspected: those that were slow last."""
        self._plugins = find(self._home)
        waiting = {plugin.name for plugin in self._waiting}
        for plugin in self._plugins:
            running = next((each for each in self._running if each.plugin.name == plugin.name), None)
            known = self._shelf.of(plugin.name)
            if running is not None and running.is_current:
                continue
            if running is not None:
                self._running.remove(running)
                running.end()
            elif known is not None and known.is_current(plugin) and not anew and plugin.name not in waiting:
                self._offers[plugin.name] = _Offer(findings=known.findings)
                continue
            if (reason := plugin.unusable_reason()) is not None:
                self._offers[plugin.name] = _Offer(findings=Findings(models=[failed(plugin, reason)]))
                continue
            waiting.add(plugin.name)
            old = known.findings if known is not None else Findings(models=[_place_held(plugin)])
            self._offers[plugin.name] = _Offer(findings=old, inspecting=True, known=known is not None)
        there = {plugin.name for plugin in self._plugins}
        for each in [each for each in self._running if each.plugin.name not in there]:
            self._running.remove(each)
            each.end()
        self._offers = {name: offer for name, offer in self._offers.items() if name in there}
        wanted = [plugin for plugin in self._plugins if plugin.name in waiting]
        self._waiting = sorted(wanted, key=lambda plugin: self._shelf.seconds(plugin.name))
        self._tell()

    def _begin_next(self) -> None:
        fresh = sum(each.seconds < SLOW_SECONDS for each in self._running)
        while self._waiting and fresh < SIDE_BY_SIDE and len(self._running) < MOST_AT_ONCE:
            self._running.append(Inspection(self._waiting.pop(0), self._home, self._patience))
            fresh += 1

    def _settle_ended(self) -> bool:
        """Whether there is something new to tell."""
        is_new = False
        for each in list(self._running):
            found, offer = each.result(), self._offers[each.plugin.name]
            if found is None:
                fresh = each.found()
                is_new |= fresh is not offer.fresh and fresh != offer.fresh
                offer.fresh = fresh
                continue
            is_new = True
            self._running.remove(each)
            self._offers[each.plugin.name] = _Offer(findings=found)
            inspected = Inspected.of(found, each.fingerprint, began=each.began, seconds=each.seconds)
            self._shelf.keep(each.plugin.name, inspected)
            if inspected.imported == CHANGED:
                # What was saved meanwhile is inspected anew; until then the cards are these.
                self._offers[each.plugin.name].inspecting = True
                self._waiting.append(each.plugin)
        return is_new

    def _tell(self) -> None:
        self._publish(self._whole())

    def _whole(self) -> Findings:
        """With keys that are unlike each other. Places that are held come last: they may not take anybody's key."""
        whole = Findings()
        models, datasets = set(self._taken_models), set(self._taken_datasets)
        offers = [(plugin, self._offers[plugin.name]) for plugin in self._plugins if not self._is_used(plugin)]
        for plugin, offer in sorted(offers, key=lambda pair: not pair[1].known):
            found = _with_fresh(offer.fresh, _marked(offer.findings)) if offer.inspecting else offer.findings
            whole.is_transient |= found.is_transient
            whole.models += [_own_key(card, plugin, models) for card in found.models]
            known = {each.key for each in whole.quantities}
            whole.quantities += [each for each in found.quantities if each.key not in known]
            if doubles := _without_parts(each for each in found.quantities if each.key in known):
                whole.models.append(_refused(plugin, "plugin has a metric with", doubles, models))
            for card in found.datasets:
                if card.key in datasets:
                    whole.models.append(_taken(card, plugin, models))
                else:
                    whole.datasets.append(card)
                    datasets.add(card.key)
        return whole

    def _is_used(self, plugin: Plugin) -> bool:
        """A folder that says nothing itself, from which another plugin imports."""
        if plugin.unusable_reason() is None:
            return False
        start = str(self._home / "plugins" / plugin.title) + "/"
        others = (offer.findings.files for name, offer in self._offers.items() if name != plugin.name)
        return any(file.startswith(start) for files in others for file in files)


def _place_held(plugin: Plugin) -> ModelDetails:
    return ModelDetails(key=plugin.key, label=plugin.name, origin="plugin", source=plugin.name, inspecting=True)


def _marked(found: Findings) -> Findings:
    return Findings(
        models=[card.model_copy(update={"inspecting": True}) for card in found.models],
        datasets=[card.model_copy(update={"inspecting": True}) for card in found.datasets],
        quantities=found.quantities,
    )


def _with_fresh(fresh: Findings, old: Findings) -> Findings:
    """The old cards in their order, each until its new one is there."""
    models, datasets = ({card.key for card in cards} for cards in (fresh.models, fresh.datasets))
    rest = Findings(
        models=[card for card in old.models if card.key not in models],
        datasets=[card for card in old.datasets if card.key not in datasets],
        quantities=old.quantities,
    )
    return merged(fresh, rest)


def _own_key(card: ModelDetails, plugin: Plugin, taken: set[str]) -> ModelDetails:
    return _with_key(card, taken) if card.key not in taken else _taken(card, plugin, taken)


def _taken(card: ModelDetails | DatasetCard, plugin: Plugin, taken: set[str]) -> ModelDetails:
    if card.inspecting and isinstance(card, ModelDetails):
        return _with_key(card, taken)
    what = "network" if isinstance(card, ModelDetails) else "data set"
    given = card.error if card.error and card.key == plugin.key else None
    if given is not None:
        return _with_key(failed(plugin, given), taken)
    return _refused(plugin, f"{what} has", [card.key], taken)


def _refused(plugin: Plugin, other: str, keys: Sequence[str], taken: set[str]) -> ModelDetails:
    """The card that says which keys are another's."""
    which = f"the key{'s' if len(keys) > 1 else ''} {', '.join(map(repr, keys))}"
    return _with_key(failed(plugin, f"{plugin.name}: another {other} {which}: choose a key of your own"), taken)


def _without_parts(quantities: Iterable[Quantity]) -> list[str]:
    """Keys of the metrics, each of which has a quantity for every part."""
    return list(dict.fromkeys(each.key.removeprefix(f"{each.part}/") for each in quantities))


def _with_key(card: ModelDetails, taken: set[str]) -> ModelDetails:
    """Under its own key where that is free, else one that no plugin can declare."""
    key, number = card.key, 1
    while key in taken:
        key = f"plugin.{card.key}" if number == 1 else f"plugin.{card.key}.{number}"
        number += 1
    taken.add(key)
    return card.model_copy(update={"key": key})
