"""Trainers that die: the reason, as far as there is evidence, and the run's status."""

import pytest

from tests.worker.test_watchdog import started
from worker import memory
from worker.process import TrainerDied, TrainerProcess


class Dead(TrainerProcess):
    """A trainer that has been killed by a signal, or ends by itself."""

    def __init__(self, code: str) -> None:
        super().__init__({})
        self._process.kill()
        self._process.communicate()
        self._process = started(code)
        self._begin_watching()


@pytest.mark.parametrize(
    ("code", "kills", "message", "out_of_memory"),
    [
        ("import os; os.kill(os.getpid(), 9)", 0, "the trainer process was killed by SIGKILL", False),
        ("import os; os.kill(os.getpid(), 9)", 1, "out of memory: killed by the system", True),
        ("import os; os.kill(os.getpid(), 11)", 1, "the trainer process was killed by SIGSEGV", False),
        ("raise SystemExit(7)", 1, "the trainer process ended with exit status 7", False),
    ],
)
def test_the_death_of_a_trainer_is_explained_as_far_as_there_is_evidence(
    code: str, kills: int, message: str, out_of_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([5, 5 + kills])
    monkeypatch.setattr(memory, "kills", lambda: next(counts))
    with Dead(code) as trainer, pytest.raises(TrainerDied) as died:
        trainer.outcome(timeout=30)

    assert (str(died.value), died.value.out_of_memory) == (message, out_of_memory)
