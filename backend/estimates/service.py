"""Training time from the throughput of earlier runs, else from a network's FLOPs and their rate."""

from collections.abc import Sequence

from backend.db import catalog, checks, throughput, workers
from backend.db.database import Database
from backend.estimates.pace import Known, Pace
from backend.experiments.service import specs_of
from backend.runs.spec_resolver import SpecResolver
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.estimates import Estimate
from skiplab.contract.experiments import Launch
from skiplab.contract.spec import RunSpec

EVALUATION_SPEEDUP = 3
"""Approximate ratio of a training step's time to that of a forward pass."""


def estimate(database: Database, launch: Launch) -> Estimate:
    """Estimate a launch. Raises Invalid if it could not be launched, NotReady before a worker has announced."""
    with database.read() as session:
        resolver = SpecResolver.read(session)
        specs = specs_of(resolver, launch)
        resolver.check(specs)
        known = Known(
            models={card.key: card for card in catalog.models(session)},
            datasets={card.key: card for card in catalog.datasets(session)},
            throughputs=throughput.of_recent_runs(session),
            checks=checks.of_models(session, sorted({spec.model for spec in specs})),
        )
        slots = sum(len(worker.devices) for worker in workers.online(session))
    pairs = {(spec.model, spec.dataset) for spec in specs}
    paces = {pair: pace for pair in pairs if (pace := known.pace(*pair)) is not None}
    found = [_seconds(spec, paces.get((spec.model, spec.dataset)), known.datasets.get(spec.dataset)) for spec in specs]
    seconds = [each for each in found if each is not None]
    if len(seconds) < len(specs):
        return Estimate(runs=len(specs), seconds=None, slots=slots, basis="unknown")
    return Estimate(
        runs=len(specs),
        seconds=max(sum(seconds) / max(1, slots), *seconds),
        slots=slots,
        basis="measured" if all(pace.measured for pace in paces.values()) else "flops",
    )


def _seconds(spec: RunSpec, pace: Pace | None, data: DatasetCard | None) -> float | None:
    train = spec.train_limit or (data.train_images if data else None)
    test = spec.test_limit or (data.test_images if data else None)
    if pace is None or train is None or test is None:
        return None
    evaluated: Sequence[int] = (test, min(spec.train_eval_limit, train))
    return spec.epochs * (train + sum(evaluated) / EVALUATION_SPEEDUP) / pace.images_per_second
