"""The training time of single runs."""

from collections.abc import Sequence

from backend.db import catalog, checks, throughput
from backend.db.database import Session
from backend.estimates.pace import Known, Pace
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.spec import RunSpec

EVALUATION_SPEEDUP = 3
"""Approximate ratio of a training step's time to that of a forward pass."""


def known_of(session: Session, specs: Sequence[RunSpec]) -> Known:
    """Read what the times of these specs are estimated from."""
    return Known(
        models={card.key: card for card in catalog.models(session)},
        datasets={card.key: card for card in catalog.datasets(session)},
        throughputs=throughput.of_recent_runs(session),
        checks=checks.of_models(session, sorted({spec.model for spec in specs})),
    )


def paces_of(known: Known, specs: Sequence[RunSpec]) -> dict[tuple[str, str], Pace]:
    """Return the pace of each network and data set, where it is known."""
    pairs = {(spec.model, spec.dataset) for spec in specs}
    return {pair: pace for pair in pairs if (pace := known.pace(*pair)) is not None}


def seconds_of(session: Session, specs: Sequence[RunSpec]) -> list[float | None]:
    """Return the estimated seconds of each run; None: unknown."""
    known = known_of(session, specs)
    return times(known, paces_of(known, specs), specs)


def times(known: Known, paces: dict[tuple[str, str], Pace], specs: Sequence[RunSpec]) -> list[float | None]:
    return [_seconds(spec, paces.get((spec.model, spec.dataset)), known.datasets.get(spec.dataset)) for spec in specs]


def _seconds(spec: RunSpec, pace: Pace | None, data: DatasetCard | None) -> float | None:
    train = spec.train_limit or (data.train_images if data else None)
    test = spec.test_limit or (data.test_images if data else None)
    if pace is None or train is None or test is None:
        return None
    evaluated: Sequence[int] = (test, min(spec.train_eval_limit, train))
    return spec.epochs * (train + sum(evaluated) / EVALUATION_SPEEDUP) / pace.images_per_second
