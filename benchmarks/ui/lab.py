"""A filled lab: its database is written as workers write it, through backend.db's functions."""

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.db import attempts, records, submissions, workers
from backend.db.attempts import Claim
from backend.db.database import Database, Session
from backend.db.migration import migrate
from backend.db.records import EpochRecord
from backend.db.submissions import Submission
from skiplab.contract.metrics import Metric
from skiplab.contract.spec import RunSpec
from skiplab.contract.worker import Device
from tests.lab import announced_home

NETWORKS = ("cnn", "resnet18", "densenet", "se_resnet18_single")
STEPS_PER_EPOCH = 391
SECONDS_PER_EPOCH = 12.0
CHUNK = 25
"""Runs per transaction; a single one would hold a gigabyte of rows in memory."""


@contextmanager
def opened(home: Path) -> Iterator[Database]:
    """Open a lab's database; a new one has the networks and data sets, and no runs."""
    file = home / "skiplab.db"
    if not file.exists():
        announced_home(home)
    database = Database(f"sqlite:///{file}")
    try:
        yield database
    finally:
        database.close()


@contextmanager
def on_server(url: str) -> Iterator[Database]:
    """Open a database of a PostgreSQL server, which may be empty."""
    database = Database(url)
    try:
        migrate(database)
        yield database
    finally:
        database.close()


def fill(home: Path, *, count: int, epochs: int) -> None:
    """Write `count` finished runs of `epochs` epochs each."""
    with opened(home) as database:
        fill_database(database, count=count, epochs=epochs)


def fill_database(database: Database, *, count: int, epochs: int) -> None:
    worker = register(database, slots=1)
    for first in range(0, count, CHUNK):
        with database.write() as session:
            for claim in started(session, worker, range(first, min(first + CHUNK, count)), epochs=epochs):
                for epoch in range(1, epochs + 1):
                    finish_epoch(session, claim, epoch)
                attempts.finish(session, claim.run_id, claim.attempt)
    with database.write() as session:
        workers.leave(session, worker)


def register(database: Database, *, slots: int) -> int:
    device = Device(kind="cuda", name="a benchmark's GPU", index=0)
    with database.write() as session:
        return workers.register(session, name="bench", devices=[device] * slots)


def started(session: Session, worker: int, numbers: range, *, epochs: int) -> list[Claim]:
    """Submit these runs and claim them at once."""
    submissions.add_all(session, [_submission(number, epochs) for number in numbers])
    claims = [
        attempts.claim(session, worker_id=worker, slot=slot, device="a benchmark's GPU")
        for slot, _ in enumerate(numbers)
    ]
    return [claim for claim in claims if claim is not None]


def finish_epoch(session: Session, claim: Claim, epoch: int) -> None:
    record = EpochRecord(epoch=epoch, step=epoch * STEPS_PER_EPOCH, values=_values(claim, epoch))
    records.epoch(session, claim.run_id, claim.attempt, record)


def _submission(number: int, epochs: int) -> Submission:
    model, seed = NETWORKS[number % len(NETWORKS)], number // len(NETWORKS)
    spec = RunSpec(model=model, dataset="cifar10", epochs=epochs, seed=seed)
    return Submission(spec, f"{model} on cifar10, seed {seed}")


def _values(claim: Claim, epoch: int) -> dict[str, float]:
    """Return the values of a plausible learning curve with noise."""
    draw = random.Random(claim.run_id * 1000 + epoch)
    high = 0.7 + 0.05 * NETWORKS.index(claim.spec.model)
    learnt = high * (1 - math.exp(-epoch / 15)) + draw.gauss(0, 0.012)
    return {
        Metric.TRAIN_LOSS: 2.3 * math.exp(-epoch / 20) + 0.1 + abs(draw.gauss(0, 0.03)),
        Metric.TRAIN_ACCURACY: learnt + 0.02,
        Metric.TEST_LOSS: 2.3 * math.exp(-epoch / 18) + 0.4 + abs(draw.gauss(0, 0.05)),
        Metric.TEST_ACCURACY: learnt,
        Metric.LEARNING_RATE: 0.1 * (1 + math.cos(math.pi * epoch / claim.spec.epochs)) / 2,
        Metric.EPOCH_SECONDS: SECONDS_PER_EPOCH + draw.random(),
        Metric.IMAGES_PER_SECOND: 4000 + draw.gauss(0, 100),
    }
