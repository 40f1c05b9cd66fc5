"""What is read of runs is what their measures are made of."""

from collections.abc import Callable

from backend.db import attempts, records
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.evidence import loading
from backend.evidence.definitions import Value
from backend.evidence.measures import Measure
from skiplab.contract.metrics import Metric
from tests.backend.evidence.runs import blocks


def test_every_measure_of_a_run_reads_what_was_measured(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    """A measure on a metric that `derived.reads` does not name would be empty for every run."""
    run_id, held = queued(epochs=8), claim()
    for epoch in range(9):
        values: dict[str, float] = dict.fromkeys(Metric, 0.9 * epoch / 8) if epoch else {}
        with database.write() as session:
            if epoch:
                record = EpochRecord(epoch=epoch, step=10 * epoch, values=values, layers=blocks(epoch))
                records.epoch(session, run_id, held.attempt, record)
            else:
                records.layers(session, run_id, held.attempt, blocks(0))
    with database.write() as session:
        attempts.finish(session, run_id, held.attempt)
        (run,) = loading.load(session, run_ids=[run_id]).runs

    empty = [
        measure
        for measure in Measure
        if isinstance(measure.definition, Value) and measure.definition.of_run(run) is None
    ]
    assert empty == []
