"""Seconds from the speed of earlier runs; where a network never ran, from its FLOPs and the others' speed."""

from collections.abc import Mapping, Sequence
from statistics import median

from backend.contract.catalog import DatasetCard
from backend.contract.spec import RunSpec
from backend.db import catalog, speeds, workers
from backend.db.database import Database
from backend.estimates.schemas import Estimate
from backend.experiments.schemas import Launch
from backend.experiments.service import specs_of
from backend.runs.offer import Offer

EVALUATION_SPEEDUP = 3
"""A forward pass alone is about this much faster than a training step."""


def estimate(database: Database, launch: Launch) -> Estimate:
    """Raises Invalid for what could not be launched either, NotReady before a worker has said what it offers."""
    with database.read() as session:
        offer = Offer.read(session)
        specs = specs_of(offer, launch)
        offer.check(specs)
        measured = speeds.images_per_second(session)
        flops = {card.key: card.flops for card in catalog.models(session)}
        datasets = {card.key: card for card in catalog.datasets(session)}
        slots = sum(len(worker.devices) for worker in workers.online(session))
    reckoned = _with_reckoned(measured, flops)
    seconds = [_seconds(spec, reckoned.get(spec.model), datasets.get(spec.dataset)) for spec in specs]
    known = [each for each in seconds if each is not None]
    if len(known) < len(seconds):
        return Estimate(runs=len(specs), seconds=None, slots=slots, basis="unknown")
    return Estimate(
        runs=len(specs),
        seconds=max(sum(known) / max(1, slots), *known),
        slots=slots,
        basis="measured" if all(spec.model in measured for spec in specs) else "flops",
    )


def _with_reckoned(measured: Mapping[str, float], flops: Mapping[str, int | None]) -> dict[str, float]:
    """Images per second of every network: a network that never ran does as many FLOPs a second as the median one."""
    rates = [speed * cost for model, speed in measured.items() if (cost := flops.get(model))]
    if not rates:
        return dict(measured)
    return {model: median(rates) / cost for model, cost in flops.items() if cost} | dict(measured)


def _seconds(spec: RunSpec, speed: float | None, data: DatasetCard | None) -> float | None:
    train = spec.train_limit or (data.train_images if data else None)
    test = spec.test_limit or (data.test_images if data else None)
    if not speed or train is None or test is None:
        return None
    evaluated: Sequence[int] = (test, min(spec.train_eval_limit, train))
    return spec.epochs * (train + sum(evaluated) / EVALUATION_SPEEDUP) / speed
