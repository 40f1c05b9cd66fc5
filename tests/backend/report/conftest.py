"""A finished experiment, written without training."""

from collections.abc import Callable

import pytest

from backend.db import attempts, experiments, records, runs
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from skiplab.contract.metrics import Metric
from skiplab.contract.telemetry import LayerStat
from tests.backend.evidence.runs import network

NAME = "Skip <b>connections</b> & 'others'"


@pytest.fixture
def experiment(database: Database, queued: Callable[..., int], claim: Callable[[], Claim]) -> int:
    """Three seeds of two networks, two epochs each."""
    with database.write() as session:
        experiment_id = experiments.add(session, NAME).id
    assert experiment_id is not None
    for model, base in (("resnet18", 0.5), ("cnn", 0.2)):
        for seed in range(3):
            run_id = queued(model=model, seed=seed, train_limit=200, batch_size=20)
            held = claim()
            for epoch in (1, 2):
                accuracy = base + 0.1 * epoch + 0.01 * seed
                values: dict[str, float] = {
                    Metric.TEST_ACCURACY: accuracy,
                    Metric.TEST_LOSS: 1 - accuracy,
                    Metric.TRAIN_EVAL_ACCURACY: accuracy + 0.05,
                    Metric.GAP: 0.05,
                    Metric.TRAIN_EVAL_LOSS: 0.9 - accuracy,
                    Metric.EPOCH_SECONDS: 2.0 + 0.1 * seed,
                    Metric.IMAGES_PER_SECOND: 100.0,
                }
                layers = [
                    LayerStat(
                        epoch=epoch, place=place, name=f"b{place}", kind="block", output_grad_rms=0.1 * (place + 1)
                    )
                    for place in (0, 1)
                ]
                with database.write() as session:
                    record = EpochRecord(epoch=epoch, step=epoch, values=values, layers=layers)
                    records.epoch(session, run_id, held.attempt, record)
            with database.write() as session:
                records.network(session, run_id, held.attempt, network(62_006, 1_303_440))
                attempts.finish(session, run_id, held.attempt)
                row = runs.get(session, run_id)
                assert row is not None
                row.experiment_id = experiment_id
                session.add(row)
    return experiment_id
