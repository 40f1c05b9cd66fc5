"""Real kills of real processes: the run goes on, and no status lies for long."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import Lab, running_lab

# Each starts a whole lab, some twice; on busy cores that alone takes a minute.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def own_lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab that a test may break."""
    with running_lab(tmp_path / "home") as lab:
        yield lab


def test_a_killed_worker_is_restarted_and_its_run_ends_finished(own_lab: Lab) -> None:
    run_id = own_lab.submit(epochs=60, train_limit=1000)
    own_lab.wait(run_id, lambda run: run["epoch"] >= 2)

    for process in own_lab.processes("-m worker serve"):
        process.send_signal(signal.SIGKILL)

    lost = own_lab.wait(run_id, lambda run: run["status"] == "queued" or run["attempt"] > 1, seconds=45)
    assert lost["attempt"] >= 1
    run = own_lab.wait(run_id, lambda run: run["status"] == "finished", seconds=90)
    assert run["attempt"] == 2
    assert own_lab.series(run_id, "train/loss")["epoch"] == list(range(1, 61))


def test_a_killed_trainer_is_noticed_at_once_and_its_run_starts_again(own_lab: Lab) -> None:
    run_id = own_lab.submit(epochs=40, train_limit=1000)
    own_lab.wait(run_id, lambda run: run["epoch"] >= 2)

    for process in own_lab.processes("-m worker.trainer"):
        process.send_signal(signal.SIGKILL)

    own_lab.wait(run_id, lambda run: run["attempt"] == 2, seconds=20)
    run = own_lab.wait(run_id, lambda run: run["status"] == "finished")
    assert own_lab.series(run_id, "train/loss")["epoch"] == list(range(1, 41))
    assert run["attempt"] == 2


def test_a_stopped_lab_hands_its_run_back_and_the_next_start_finishes_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running_lab(home) as lab:
        run_id = lab.submit(epochs=300, train_limit=1000)
        lab.wait(run_id, lambda run: run["epoch"] >= 1)
    with running_lab(home) as lab:
        seen = lab.run(run_id)
        assert seen["status"] in ("queued", "running")
        assert seen["reason"] in ("its worker was stopped", None)
        run = lab.wait(run_id, lambda run: run["status"] == "running" and run["epoch"] >= 1, seconds=30)
        assert run["attempt"] == 2
        lab.client.post(f"/runs/{run_id}/cancel")
        lab.wait(run_id, lambda run: run["status"] == "cancelled", seconds=15)
