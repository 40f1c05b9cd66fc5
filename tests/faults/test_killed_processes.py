"""Kills of real processes: the run continues, and no status is wrong for long."""

import hashlib
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.numbers import differing, numbers
from tests.lab import Lab, running_lab

# Each starts a whole lab, some twice; on busy cores that alone takes a minute.
pytestmark = pytest.mark.timeout(300)


ON_BOTH = pytest.mark.parametrize(
    "own_lab", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)


@pytest.fixture
def own_lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A server that a test may break."""
    home = tmp_path / "home"
    if getattr(request, "param", "sqlite") == "postgresql":
        url = request.getfixturevalue("new_database")()
        with running_lab(home, first_start=True, SKIPLAB_DATABASE_URL=url) as lab:
            yield lab
    else:
        with running_lab(home) as lab:
            yield lab


@ON_BOTH
@pytest.mark.long
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


@ON_BOTH
def test_a_killed_workers_run_goes_on_at_once_and_before_the_next_in_line(own_lab: Lab) -> None:
    run_id, next_in_line = own_lab.submit(epochs=300, train_limit=1000), own_lab.submit()
    own_lab.wait(run_id, lambda run: run["epoch"] >= 2)

    for process in own_lab.processes("-m worker serve"):
        process.send_signal(signal.SIGKILL)

    # Long before its lease would have expired. The rest is the start of a worker.
    own_lab.wait(run_id, lambda run: run["attempt"] == 2, seconds=25)
    assert own_lab.run(next_in_line)["status"] == "queued"
    causes = [each["cause"] for each in own_lab.client.get(f"/runs/{run_id}/history").json()["items"]]
    assert any("restarted, attempt 1" in cause for cause in causes)


@pytest.mark.long
def test_a_killed_trainer_is_noticed_at_once_and_its_run_starts_again(own_lab: Lab) -> None:
    run_id = own_lab.submit(epochs=40, train_limit=1000)
    own_lab.wait(run_id, lambda run: run["epoch"] >= 2)

    for process in own_lab.processes("-m worker.trainer"):
        process.send_signal(signal.SIGKILL)

    own_lab.wait(run_id, lambda run: run["attempt"] == 2, seconds=20)
    run = own_lab.wait(run_id, lambda run: run["status"] == "finished")
    assert own_lab.series(run_id, "train/loss")["epoch"] == list(range(1, 41))
    assert run["attempt"] == 2


def has_reached(field: str, number: int) -> Callable[[dict[str, Any]], bool]:
    return lambda run: bool(run[field] >= number)


@ON_BOTH
def test_a_run_killed_three_times_ends_with_the_numbers_of_an_undisturbed_one(own_lab: Lab) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    spec = {"epochs": 25, "train_limit": 1200, "ema": 0.99, "val_fraction": 0.1, "train_eval_limit": 100}
    undisturbed = own_lab.submit(**spec)
    own_lab.wait(undisturbed, lambda run: run["status"] == "finished")

    killed = own_lab.submit(**spec)
    for attempt, epoch in enumerate((1, 6, 12), start=1):
        own_lab.wait(killed, has_reached("epoch", epoch))
        time.sleep(dice.random() * 0.5)  # so that the kill meets any moment of an epoch
        kill_the_busy_trainer(own_lab)
        own_lab.wait(killed, has_reached("attempt", attempt + 1))
    run = own_lab.wait(killed, lambda run: run["status"] == "finished")

    assert run["attempt"] == 4
    assert differing(numbers(own_lab, killed), numbers(own_lab, undisturbed)) == []
    log = [line["text"] for line in own_lab.client.get(f"/runs/{killed}/logs").json()["items"]]
    assert sum("resuming after epoch" in line for line in log) == 3


@pytest.mark.long
def test_the_files_of_a_run_are_what_the_lab_says_of_them(own_lab: Lab) -> None:
    run_id = own_lab.submit(epochs=300, train_limit=1000)
    own_lab.wait(run_id, lambda run: run["epoch"] >= 3)
    kill_the_busy_trainer(own_lab)
    own_lab.wait(run_id, lambda run: run["attempt"] == 2 and run["epoch"] >= 4)

    own_lab.client.post(f"/runs/{run_id}/cancel")
    own_lab.wait(run_id, lambda run: run["status"] == "cancelled")
    files = own_lab.client.get(f"/runs/{run_id}/artifacts").json()["items"]

    assert sorted(file["kind"] for file in files) == ["best", "checkpoint", "checkpoint"]
    for file in files:
        answer = own_lab.client.get(f"/runs/{run_id}/artifacts/{file['path']}")
        assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
        part = own_lab.client.get(f"/runs/{run_id}/artifacts/{file['path']}", headers={"Range": "bytes=0-9"})
        assert (part.status_code, part.content) == (206, answer.content[:10])


def kill_the_busy_trainer(lab: Lab) -> None:
    """Return the trainer at work: of the two, the newer one is a standby."""
    trainers = sorted(lab.processes("-m worker.trainer"), key=lambda process: process.create_time())
    trainers[0].send_signal(signal.SIGKILL)


@pytest.mark.long
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
