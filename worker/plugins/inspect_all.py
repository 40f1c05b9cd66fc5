"""Inspect plugins in a separate process each, so that one that hangs or crashes only affects its own card.

Only changed plugins are inspected, several at once, and each result is published as soon as it is known.
"""

import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from skiplab.contract.catalog import ModelDetails
from worker.plugins.card_keys import conflict, metric_keys, own_key, refused
from worker.plugins.inspection import PATIENCE_SECONDS, Findings, Inspection, failed, merged
from worker.plugins.inspection_cache import CHANGED, Inspected, InspectionCache
from worker.plugins.plugin import Plugin
from worker.plugins.source import find, stamp

SIDE_BY_SIDE = 2
"""Inspections at once, not counting slow ones."""

SLOW_SECONDS = 15.0
"""Time after which an inspection no longer delays the next one."""

MAX_AT_ONCE = 6
"""Inspections at once, including slow ones."""

POLL_SECONDS = 0.05
CHANGE_SECONDS = 1.0
"""Interval at which files are checked for changes during the inspections."""

Publish = Callable[[Findings], None]

__all__ = ["Findings", "failed", "inspect_all"]


def inspect_all(
    home: Path,
    *,
    taken_models: set[str],
    taken_datasets: set[str],
    patience: float = PATIENCE_SECONDS,
    publish: Publish = lambda _whole: None,
    force: bool = True,
) -> Findings:
    """Inspect all plugins and return their cards; a key belongs to the first plugin that declares it.

    `taken_models`, `taken_datasets`: keys that plugins may not use. `patience`: seconds to wait for each card.
    `publish`: called with all cards known so far. `force`: also inspect plugins that have not changed.
    """
    return _Round(home, taken_models, taken_datasets, patience, publish).run(force=force)


class _State(BaseModel):
    """What is known of one plugin."""

    findings: Findings  # of the last inspection
    fresh: Findings = Findings()  # of the inspection in progress, so far
    inspecting: bool = False
    known: bool = True  # False: `findings` is a placeholder


class _Round:
    """Inspects until the findings of every plugin are those of its current files."""

    def __init__(
        self, home: Path, taken_models: set[str], taken_datasets: set[str], patience: float, publish: Publish
    ) -> None:
        self._home, self._patience, self._publish = home, patience, publish
        self._taken_models, self._taken_datasets = taken_models, taken_datasets
        self._cache = InspectionCache(home)
        self._plugins: list[Plugin] = []
        self._states: dict[str, _State] = {}
        self._waiting: list[Plugin] = []
        self._running: list[Inspection] = []

    def run(self, *, force: bool) -> Findings:
        seen, checked_at = stamp(self._home), time.monotonic()
        self._refresh(force=force)
        try:
            while self._waiting or self._running:
                self._start_next()
                if self._collect():
                    self._publish(self._whole())
                now = time.monotonic()
                if now - checked_at >= CHANGE_SECONDS:
                    checked_at = now
                    if (changed := stamp(self._home)) != seen:
                        seen = changed
                        self._refresh(force=False)
                time.sleep(POLL_SECONDS)
        finally:
            for each in self._running:
                each.end()
        return self._whole()

    def _refresh(self, *, force: bool) -> None:
        """Find the plugins and queue those to inspect, slow ones last. Inspections of outdated files are ended."""
        self._plugins = find(self._home)
        waiting = {plugin.name for plugin in self._waiting}
        for plugin in self._plugins:
            running = next((each for each in self._running if each.plugin.name == plugin.name), None)
            known = self._cache.of(plugin.name)
            if running is not None and running.is_current:
                continue
            if running is not None:
                self._running.remove(running)
                running.end()
            elif known is not None and known.is_current(plugin) and not force and plugin.name not in waiting:
                self._states[plugin.name] = _State(findings=known.findings)
                continue
            if (reason := plugin.unusable_reason()) is not None:
                self._states[plugin.name] = _State(findings=Findings(models=[failed(plugin, reason)]))
                continue
            waiting.add(plugin.name)
            old = known.findings if known is not None else Findings(models=[_placeholder(plugin)])
            self._states[plugin.name] = _State(findings=old, inspecting=True, known=known is not None)
        there = {plugin.name for plugin in self._plugins}
        for each in [each for each in self._running if each.plugin.name not in there]:
            self._running.remove(each)
            each.end()
        self._states = {name: state for name, state in self._states.items() if name in there}
        # Plugins that took long come last, so that they do not delay the others.
        wanted = [plugin for plugin in self._plugins if plugin.name in waiting]
        self._waiting = sorted(wanted, key=lambda plugin: self._cache.seconds(plugin.name))
        self._publish(self._whole())

    def _start_next(self) -> None:
        fresh = sum(each.seconds < SLOW_SECONDS for each in self._running)
        while self._waiting and fresh < SIDE_BY_SIDE and len(self._running) < MAX_AT_ONCE:
            self._running.append(Inspection(self._waiting.pop(0), self._home, self._patience))
            fresh += 1

    def _collect(self) -> bool:
        """Store the results of inspections; return whether there is anything new to publish."""
        is_new = False
        for each in list(self._running):
            found, state = each.result(), self._states[each.plugin.name]
            if found is None:
                fresh = each.found()
                is_new |= fresh is not state.fresh and fresh != state.fresh
                state.fresh = fresh
                continue
            is_new = True
            self._running.remove(each)
            self._states[each.plugin.name] = _State(findings=found)
            inspected = Inspected.of(found, each.fingerprint, began=each.began, seconds=each.seconds)
            self._cache.keep(each.plugin.name, inspected)
            if inspected.imported_sha256 == CHANGED:
                # A file was saved during the inspection: repeat it, and show these cards until then.
                self._states[each.plugin.name].inspecting = True
                self._waiting.append(each.plugin)
        return is_new

    def _whole(self) -> Findings:
        """Return all findings with unique keys. Placeholders come last, so that they take no declared key."""
        whole = Findings()
        models, datasets = set(self._taken_models), set(self._taken_datasets)
        states = [(plugin, self._states[plugin.name]) for plugin in self._plugins if not self._is_helper(plugin)]
        for plugin, state in sorted(states, key=lambda pair: not pair[1].known):
            found = _with_fresh(state.fresh, _marked(state.findings)) if state.inspecting else state.findings
            whole.is_transient |= found.is_transient
            whole.models += [own_key(card, plugin, models) for card in found.models]
            known = {each.key for each in whole.quantities}
            whole.quantities += [each for each in found.quantities if each.key not in known]
            if duplicates := metric_keys(each for each in found.quantities if each.key in known):
                whole.models.append(refused(plugin, "plugin has a metric with", duplicates, models))
            for card in found.datasets:
                if card.key in datasets:
                    whole.models.append(conflict(card, plugin, models))
                else:
                    whole.datasets.append(card)
                    datasets.add(card.key)
        return whole

    def _is_helper(self, plugin: Plugin) -> bool:
        """Return whether this is a folder that declares nothing, from which another plugin imports."""
        if plugin.unusable_reason() is None:
            return False
        start = str(self._home / "plugins" / plugin.title) + "/"
        others = (state.findings.files for name, state in self._states.items() if name != plugin.name)
        return any(file.startswith(start) for files in others for file in files)


def _placeholder(plugin: Plugin) -> ModelDetails:
    return ModelDetails(key=plugin.key, label=plugin.name, origin="plugin", source=plugin.name, inspecting=True)


def _marked(found: Findings) -> Findings:
    return Findings(
        models=[card.model_copy(update={"inspecting": True}) for card in found.models],
        datasets=[card.model_copy(update={"inspecting": True}) for card in found.datasets],
        quantities=found.quantities,
    )


def _with_fresh(fresh: Findings, old: Findings) -> Findings:
    """Return the new cards, and the old ones that have no new card yet."""
    models, datasets = ({card.key for card in cards} for cards in (fresh.models, fresh.datasets))
    rest = Findings(
        models=[card for card in old.models if card.key not in models],
        datasets=[card for card in old.datasets if card.key not in datasets],
        quantities=old.quantities,
    )
    return merged(fresh, rest)
