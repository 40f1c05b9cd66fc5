"""Offered launches: as few requests as possible, with the settings to send and an estimate."""

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean, median
from typing import Any

from backend.evidence.cells import key_of
from backend.evidence.records import RunRecord
from skiplab.contract.evidence import LaunchOffer
from skiplab.contract.metrics import Metric
from skiplab.contract.spec import RunSpec

Own = Mapping[str, Collection[str]]
"""Network to the fields for which it has its own defaults."""


def launches(
    name: str, lacking: Sequence[tuple[Mapping[str, Any], Sequence[int]]], runs: Sequence[RunRecord], own: Own
) -> list[LaunchOffer]:
    """Merge networks that lack the same seeds under the same recipe into one launch."""
    groups: dict[str, tuple[dict[str, Any], list[Any], Sequence[int]]] = {}
    for fields, seeds in lacking:
        rest = {field: value for field, value in fields.items() if field != "model"}
        _, models, _ = groups.setdefault(key_of({**rest, "seeds": list(seeds)}), (rest, [], seeds))
        models.append(fields.get("model"))
    return [_launch(name, rest, models, seeds, runs, own) for rest, models, seeds in groups.values()]


def _launch(
    name: str, rest: Mapping[str, Any], models: Sequence[Any], seeds: Sequence[int], runs: Sequence[RunRecord], own: Own
) -> LaunchOffer:
    # Defaults are left out, unless the network overrides them.
    set_by_network = {field for model in models for field in own.get(str(model), ())}
    sent = {field: value for field, value in rest.items() if field in set_by_network or value != _default(field)}
    each = [_seconds(model, rest, runs) for model in models]
    known = [seconds for seconds in each if seconds is not None]
    return LaunchOffer(
        name=f"{name}: {', '.join(map(str, models))}",
        vary={"model": list(models), "seed": list(seeds)},
        spec=sent,
        runs=len(models) * len(seeds),
        seconds=sum(known) * len(seeds) if len(known) == len(each) else None,
    )


def _default(field: str) -> Any:
    default = RunSpec.model_fields[field].default
    return list(default) if isinstance(default, tuple) else default


def _seconds(model: Any, rest: Mapping[str, Any], runs: Sequence[RunRecord]) -> float | None:
    """Estimate one run in seconds, from runs of the same network on as many images; None without any."""
    alike = [
        run
        for run in runs
        if run.spec.model == model
        and run.spec.dataset == rest.get("dataset")
        and run.spec.train_limit == rest.get("train_limit")
    ]
    spent = [
        median(run.get(Metric.EPOCH_SECONDS).values) + fmean(run.get(Metric.EVALUATION_SECONDS).values or (0.0,))
        for run in alike
        if run.get(Metric.EPOCH_SECONDS)
    ]
    epochs = int(rest.get("epochs", RunSpec.model_fields["epochs"].default))
    return median(spent) * epochs if spent else None
