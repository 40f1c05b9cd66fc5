"""The fence: an attempt that lost its run writes nothing, whatever it calls."""

import inspect
from collections.abc import Callable

import pytest

from backend.db import attempts, records, runs
from backend.db.attempts import Fenced
from backend.db.database import Database, Session
from backend.db.records import EpochRecord
from backend.db.tables import RunTable, utc_now
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.lifecycle import Status
from skiplab.contract.metrics import Metric
from skiplab.contract.run import RunNetwork
from skiplab.contract.telemetry import SystemSample
from tests.backend.db.attempted import Queue, Take, checkpoint, see
from tests.databases import BOTH

pytestmark = BOTH

NETWORK = {
    "parameters": 1,
    "flops": 1,
    "depth": 1,
    "image_shape": (3, 8, 8),
    "classes": 2,
    "memory_format": "contiguous",
}


def test_an_attempt_that_sleeps_through_the_deletion_of_its_run_reaches_no_later_one(
    database: Database, queued: Queue, claim: Take
) -> None:
    run_id = queued()
    asleep = claim()
    assert asleep is not None
    with database.write() as session:
        attempts.lose(session, run_id, asleep.attempt, reason="lease expired")
        row = session.get_one(RunTable, run_id)
        runs.end(session, row, Status.CANCELLED, None)
        runs.delete(session, row)

    later = queued()
    held = claim()

    assert held is not None
    assert (held.run_id, held.attempt) == (later, asleep.attempt)
    with pytest.raises(Fenced), database.write() as session:
        attempts.renew(session, asleep.run_id, asleep.attempt)


NOT_OF_ONE_ATTEMPT = {
    "claim": "makes an attempt",
    "held_by": "is the fence itself",
    "reclaim": "loses attempts, each by `lose`",
    "held": "is the fence",
    "rewind": "of a row that its caller holds",
    "start_over": "of a run that nobody holds",
    "trained_seconds": "reads",
    "untrainable": "reads",
}
"""Functions of `attempts` and `records` that no attempt calls for its run, and why they need no fence."""

ARGUMENTS: dict[str, tuple[tuple[object, ...], dict[str, object]]] = {
    "activity": (("downloading",), {}),
    "progress": ((), {"epoch": 1, "share": 0.5}),
    "epoch": ((EpochRecord(epoch=1, step=1, values={Metric.TRAIN_LOSS: 1.0}),), {}),
    "interruption": ((), {"epoch": 1, "losses": [], "checkpoint": checkpoint(1)}),
    "layers": (([],), {}),
    "system": ((SystemSample(time=utc_now()),), {}),
    "log": (([(utc_now(), "info", "a line")],), {}),
    "environment": (({},), {}),
    "remark": (("the code changed",), {}),
    "data": ((DatasetCard(key="digits", label="Digits", available=True, source="a package"),), {}),
    "network": ((RunNetwork.model_validate(NETWORK),), {}),
    "discard_checkpoint": ((1,), {}),
    "stall": ((), {"seconds": 1e6}),
    **{name: ((), {"reason": "because"}) for name in ("fail", "hand_back", "crash", "lose")},
    **{name: ((), {}) for name in ("renew", "finish", "kept_environment", "twin")},
}
"""What each function takes beside the session, the run and the attempt."""

OF_AN_ATTEMPT: dict[str, Callable[..., object]] = {
    name: function
    for module in (attempts, records)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_") and name not in NOT_OF_ONE_ATTEMPT
}


def write(name: str, session: Session, run_id: int, attempt: int) -> None:
    arguments, named = ARGUMENTS[name]
    OF_AN_ATTEMPT[name](session, run_id, attempt, *arguments, **named)


@pytest.mark.parametrize("name", OF_AN_ATTEMPT)
def test_an_attempt_that_lost_its_run_writes_nothing(database: Database, queued: Queue, claim: Take, name: str) -> None:
    run_id = queued()
    old = claim()
    assert old is not None
    with database.write() as session:
        attempts.lose(session, run_id, old.attempt, reason="lease expired on worker gpu-1")
    new = claim()
    assert new is not None
    before = see(database, run_id)

    with pytest.raises(Fenced), database.write() as session:
        write(name, session, run_id, old.attempt)

    assert see(database, run_id) == before
