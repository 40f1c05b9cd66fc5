"""Two workers: each run is trained by one of them, despite duplicate messages and suspended processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from backend.notifier import CeleryNotifier
from tests.lab import Lab, running_lab, until

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]

FIRST, SECOND = "first", "second"


@dataclass
class TwoWorkers:
    lab: Lab
    second: "subprocess.Popen[bytes]"
    broker_url: str
    logs: dict[str, Path]

    def processes_of(self, name: str) -> list[psutil.Process]:
        if name == FIRST:
            return self.lab.processes("-m worker")
        second = psutil.Process(self.second.pid)
        return [second, *second.children(recursive=True)]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoWorkers]:
    home = tmp_path_factory.mktemp("two") / "home"
    logs = {FIRST: home / "logs" / "skiplab.log", SECOND: home.parent / "second.log"}
    with running_lab(home, SKIPLAB_WORKER_NAME=FIRST) as lab:
        broker = home / "broker" / "b.sock"
        assert broker.exists(), "the lab's folder has too long a path for the broker's socket"
        broker_url = f"redis+socket://{broker}?virtual_host=0"
        with _second_worker(home, broker_url, logs[SECOND]) as second:
            until(lambda: _online(lab), lambda names: names == {FIRST, SECOND}, seconds=60, log=logs[SECOND].read_text)
            yield TwoWorkers(lab, second, broker_url, logs)


def test_a_run_that_is_notified_of_ten_times_is_trained_once(both: TwoWorkers) -> None:
    notifier = CeleryNotifier(both.broker_url)
    run_id = both.lab.submit(epochs=5)
    for _ in range(10):
        assert notifier.notify_run(run_id)
    notifier.close()

    run = both.lab.wait(run_id, lambda run: run["status"] == "finished")

    assert run["attempt"] == 1
    story = both.lab.client.get(f"/runs/{run_id}/history").json()["items"]
    assert [each["status"] for each in story] == ["queued", "running", "finished"]
    assert both.lab.series(run_id, "train/loss")["epoch"] == [1, 2, 3, 4, 5]


def test_an_attempt_that_slept_over_its_lease_writes_nothing_when_it_wakes(both: TwoWorkers) -> None:
    run_id = both.lab.submit(epochs=1000, train_limit=400)
    holder = both.lab.wait(run_id, lambda run: run["epoch"] >= 2)["worker"]
    asleep = both.processes_of(holder)
    for process in asleep:
        process.send_signal(signal.SIGSTOP)
    try:
        taken = both.lab.wait(run_id, lambda run: run["attempt"] == 2 and run["epoch"] >= 1, seconds=45)
        assert taken["worker"] != holder
        before = len(both.logs[holder].read_text())
    finally:
        for process in asleep:
            process.send_signal(signal.SIGCONT)

    awake_at = both.lab.run(run_id)["epoch"]
    run = both.lab.wait(run_id, lambda run: run["epoch"] > awake_at + 5)

    assert (run["attempt"], run["worker"]) == (2, taken["worker"])
    epochs = both.lab.series(run_id, "train/loss")["epoch"]
    assert epochs == list(range(1, len(epochs) + 1))
    log = both.logs[holder]
    until(lambda: log.read_text()[before:], lambda text: "no longer held by attempt 1" in text, seconds=20)
    both.lab.client.post(f"/runs/{run_id}/cancel")
    both.lab.wait(run_id, lambda run: run["status"] == "cancelled")
    until(lambda: _online(both.lab), lambda names: names == {FIRST, SECOND}, seconds=30)


@contextmanager
def _second_worker(home: Path, broker_url: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    own = {"SKIPLAB_HOME": str(home), "SKIPLAB_BROKER_URL": broker_url, "SKIPLAB_WORKER_NAME": SECOND}
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "-m", "worker", "serve"], stdout=output, stderr=output, env={**os.environ, **own}
        )
    try:
        yield worker
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)


def _online(lab: Lab) -> set[str]:
    return {worker["name"] for worker in lab.client.get("/workers").json()["items"] if worker["online"]}
