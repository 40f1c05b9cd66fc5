"""A cell: the runs whose specs are equal but for the seed, on the same version of the data."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from backend.evidence.intervals import Interval, Summary, summarise
from backend.evidence.records import DataVersion, RunRecord
from skiplab.contract.lifecycle import ENDED, Status
from skiplab.contract.spec import NOT_SETTINGS, RunSpec

DATA = "data_version"
"""Beside the spec's fields, the data version decides whether runs can be compared."""


@dataclass(frozen=True)
class Cell:
    """Runs of one configuration, ordered by id so that the order of a request changes no answer."""

    runs: tuple[RunRecord, ...]

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The spec that the runs share."""
        return recipe(self.runs[0].spec)

    @cached_property
    def data(self) -> DataVersion | None:
        """None for runs recorded before data sets were versioned, and if no run has started."""
        return next((run.data for run in self.runs if not run.open), None)

    @property
    def data_in_words(self) -> str:
        return self.data.words if self.data is not None else "unknown version"

    @property
    def outdated(self) -> bool:
        """Whether new runs of the same spec would train on newer data, and so form another cell."""
        return any(run.outdated for run in self.runs)

    @cached_property
    def seeds(self) -> Mapping[int, RunRecord]:
        """One finished run per seed. A repeated seed is not an independent sample; its first finished run counts."""
        found: dict[int, RunRecord] = {}
        for run in self.runs:
            if run.status == Status.FINISHED:
                found.setdefault(run.spec.seed, run)
        return found

    @cached_property
    def shown(self) -> tuple[RunRecord, ...]:
        """One run per seed, for means over seeds: the finished run that counts, else the newest."""
        newest = {run.spec.seed: run for run in self.runs}
        return tuple(sorted({**newest, **self.seeds}.values(), key=lambda run: run.id))

    @cached_property
    def planned(self) -> frozenset[int]:
        """The seeds of all runs, whatever their status."""
        return frozenset(run.spec.seed for run in self.runs)

    @property
    def repeated(self) -> tuple[RunRecord, ...]:
        """Finished runs whose seed another finished run already represents."""
        return tuple(r for r in self.runs if r.status == Status.FINISHED and self.seeds[r.spec.seed].id != r.id)

    @cached_property
    def all(self) -> tuple[RunRecord, ...]:
        """The selected runs and the others of their experiment."""
        siblings = {sibling.id: sibling for run in self.runs for sibling in run.siblings}
        return (*self.runs, *siblings.values())

    @property
    def unfinished(self) -> tuple[RunRecord, ...]:
        """Runs that have not ended."""
        return tuple(run for run in self.all if run.status not in ENDED)

    @property
    def lost(self) -> tuple[RunRecord, ...]:
        """Failed or cancelled runs whose seed has no finished run: excluding them would select by outcome."""
        finished = {run.spec.seed for run in self.all if run.status == Status.FINISHED}
        ended = ENDED - {Status.FINISHED}
        return tuple(run for run in self.all if run.status in ended and run.spec.seed not in finished)


def recipe(spec: RunSpec, *, without: Iterable[str] = ()) -> dict[str, Any]:
    """Return the spec without the seed, without fields that change no result, and without the fields given."""
    return spec.model_dump(mode="json", exclude={*NOT_SETTINGS, *without})


def key_of(fields: Mapping[str, Any]) -> str:
    """Return a key that is equal for equal settings."""
    return json.dumps(fields, sort_keys=True)


def cells(runs: Iterable[RunRecord]) -> list[Cell]:
    """Group runs into cells, ordered by their first runs.

    Data versions are never pooled; runs on unknown versions pool only with each other.
    """
    groups: dict[str, list[RunRecord]] = {}
    for run in sorted({run.id: run for run in runs}.values(), key=lambda run: run.id):
        groups.setdefault(key_of(recipe(run.spec)), []).append(run)
    found = [Cell(tuple(part)) for group in groups.values() for part in _by_data(group)]
    return sorted(found, key=lambda cell: cell.runs[0].id)


def _by_data(runs: Sequence[RunRecord]) -> list[list[RunRecord]]:
    """Runs without measurements join those of their experiment, so that a failed one is not lost."""
    parts: dict[DataVersion | None, list[RunRecord]] = {}
    for run in runs:
        if not run.open:
            parts.setdefault(run.data, []).append(run)
    for run in (run for run in runs if run.open):
        together = [part for part in parts.values() if run.experiment in {each.experiment for each in part}]
        part = next(iter([*together[::-1], *list(parts.values())[::-1]]), None)
        (parts.setdefault(None, []) if part is None else part).append(run)
    return [sorted(part, key=lambda run: run.id) for part in parts.values()]


@dataclass(frozen=True)
class EpochSummary:
    """One epoch of one cell."""

    epoch: int
    summary: Summary
    interval: Interval | None


def curve(runs: Sequence[RunRecord], key: str) -> Iterator[EpochSummary]:
    """Yield mean, SD and t interval over the runs for each epoch, counting the runs that have logged it."""
    at: dict[int, list[float]] = {}
    for run in runs:
        series = run.get(key)
        for epoch, seen in zip(series.epochs, series.values, strict=True):
            at.setdefault(epoch, []).append(seen)
    for epoch in sorted(at):
        summary = summarise(at[epoch])
        if summary is not None:
            yield EpochSummary(epoch, summary, summary.interval())
