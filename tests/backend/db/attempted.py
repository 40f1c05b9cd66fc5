"""Runs as tests of attempts see them, and what attempts leave of an epoch."""

from collections.abc import Callable

from backend.db import records, run_views
from backend.db.artifacts import NewArtifact
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.db.tables import RunTable
from skiplab.contract.metrics import Metric
from skiplab.contract.run import Run

Queue = Callable[..., int]
Take = Callable[[], Claim | None]


def see(database: Database, run_id: int) -> Run:
    with database.read() as session:
        return run_views.view(session, session.get_one(RunTable, run_id))


def checkpoint(epoch: int, *, step: int | None = None) -> NewArtifact:
    return NewArtifact(
        kind="checkpoint", path=f"1/attempt-1/{epoch}", epoch=epoch, step=step or 10 * epoch, bytes=1, sha256="0"
    )


def record(database: Database, held: Claim, epoch: int, *, kept: bool = False, **values: float) -> None:
    """`kept`: with a checkpoint."""
    named: dict[str, float] = {Metric[name]: value for name, value in values.items()}
    files = [checkpoint(epoch)] if kept else []
    with database.write() as session:
        record = EpochRecord(epoch=epoch, step=10 * epoch, values=named, artifacts=files)
        records.epoch(session, held.run_id, held.attempt, record)
