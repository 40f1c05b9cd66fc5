"""Trainers that die: why, as far as there is evidence, and what becomes of the run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from backend.contract.lifecycle import Status
from backend.contract.spec import RunSpec
from backend.db import runs
from backend.db.database import Database
from tests.conftest import CPU
from tests.worker.test_slot import Trainer
from tests.worker.test_watchdog import started
from worker import process as process_module
from worker import slot as slot_module
from worker.messages import Outcome
from worker.process import TrainerDied, TrainerProcess
from worker.settings import WorkerSettings
from worker.slot import Slot


class Dead(TrainerProcess):
    """A trainer that has been killed by a signal, or ends by itself."""

    def __init__(self, code: str) -> None:
        super().__init__({})
        self._process.kill()
        self._process.communicate()
        self._process = started(code)
        self._begin_watching()


@pytest.mark.parametrize(
    ("code", "kills", "said", "out_of_memory"),
    [
        ("import os; os.kill(os.getpid(), 9)", 0, "the trainer process was killed by SIGKILL", False),
        ("import os; os.kill(os.getpid(), 9)", 1, "out of memory: killed by the system", True),
        ("import os; os.kill(os.getpid(), 11)", 1, "the trainer process was killed by SIGSEGV", False),
        ("raise SystemExit(7)", 1, "the trainer process ended with exit status 7", False),
    ],
)
def test_a_trainer_that_was_killed_says_why_as_far_as_there_is_evidence(
    code: str, kills: int, said: str, out_of_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([5, 5 + kills])
    monkeypatch.setattr(process_module.memory, "kills", lambda: next(counts))
    with Dead(code) as trainer, pytest.raises(TrainerDied) as died:
        trainer.outcome(timeout=30)

    assert (str(died.value), died.value.out_of_memory) == (said, out_of_memory)


class Dying(Trainer):
    """Is ended for what it took."""

    def outcome(self, *, timeout: float) -> Outcome | None:
        raise TrainerDied("out of memory: killed by the system", out_of_memory=timeout > 0)


def test_a_trainer_that_died_of_memory_has_failed_and_is_not_tried_again(
    tmp_path: Path,
    database: Database,
    worker_id: int,
    spec: Callable[..., RunSpec],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slot_module, "TrainerProcess", Dying)
    settings = WorkerSettings(home=tmp_path, database_url=database.url)
    slot = Slot(settings, worker_id=worker_id, index=0, slots=[CPU], stopping=lambda: False)
    with database.write() as session:
        runs.add(session, spec(), name="a run")
    claim = slot.claim()
    assert claim is not None

    slot.train(claim)
    slot.close()

    with database.read() as session:
        row = runs.get(session, claim.run_id)
        assert row is not None
        assert (row.status, row.reason) == (Status.FAILED, "out of memory: killed by the system")
