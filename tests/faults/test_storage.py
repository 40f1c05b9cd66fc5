"""Database and disk failures under a real server: nothing is lost, and no status is wrong."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.lab import Lab, running_lab, until

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]

HELD_SECONDS = 20.0
PAGE = 4096


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def own_lab(home: Path) -> Iterator[Lab]:
    with running_lab(home) as lab:
        yield lab


def test_while_another_process_holds_the_write_lock_reads_answer_and_no_epoch_is_lost(own_lab: Lab, home: Path) -> None:
    run_id = own_lab.submit(epochs=400, train_limit=400)
    own_lab.wait(run_id, lambda run: run["epoch"] >= 2)
    submitted: list[int] = []
    writer = threading.Thread(target=lambda: submitted.append(own_lab.submit(epochs=1)))

    with closing(sqlite3.connect(home / "skiplab.db", isolation_level=None, timeout=60)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        writer.start()
        released = time.monotonic() + HELD_SECONDS
        while time.monotonic() < released:
            assert own_lab.client.get(f"/runs/{run_id}", timeout=5).json()["status"] == "running"
            time.sleep(0.5)  # two polls per second, for as long as the lock is held
        held_at = own_lab.run(run_id)["epoch"]
        holder.execute("ROLLBACK")
    writer.join()

    run = own_lab.wait(run_id, lambda run: run["epoch"] > held_at + 1)
    assert run["attempt"] == 1
    epochs = own_lab.series(run_id, "train/loss")["epoch"]
    assert epochs == list(range(1, len(epochs) + 1))
    own_lab.client.post(f"/runs/{run_id}/cancel")
    own_lab.wait(submitted[0], lambda run: run["status"] == "finished")
    with closing(sqlite3.connect(home / "skiplab.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_worker_leaves_while_the_database_is_locked_and_its_run_is_found(own_lab: Lab, home: Path) -> None:
    run_id = own_lab.submit(epochs=1000, train_limit=400)
    own_lab.wait(run_id, lambda run: run["epoch"] >= 2)
    worker = min(own_lab.processes("-m worker serve"), key=lambda process: process.create_time())
    with closing(sqlite3.connect(home / "skiplab.db", isolation_level=None, timeout=60)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        worker.terminate()
        worker.wait(timeout=25)  # well below the 30 s that others wait for the lock
        holder.execute("ROLLBACK")

    run = own_lab.wait(run_id, lambda run: run["attempt"] == 2 and run["status"] == "running")
    own_lab.wait(run_id, lambda now: now["epoch"] > run["epoch"])
    own_lab.client.post(f"/runs/{run_id}/cancel")


def test_a_run_without_room_for_its_checkpoint_fails_and_resumes_when_there_is(own_lab: Lab, home: Path) -> None:
    in_the_way = home / "runs"
    in_the_way.mkdir(exist_ok=True)
    run_id = own_lab.submit(epochs=400, train_limit=400)
    own_lab.wait(run_id, lambda run: run["epoch"] >= 1)
    # A file where the next attempt wants its folder: for root, permissions would not stand in the way.
    (in_the_way / str(run_id) / "attempt-2").write_text("in the way")
    for process in own_lab.processes("-m worker.trainer"):
        process.kill()

    run = own_lab.wait(run_id, lambda run: run["status"] == "failed")

    assert "could not be written" in run["reason"]
    assert "Free some space, then resume the run" in run["reason"]
    before = own_lab.series(run_id, "train/loss")["epoch"]
    assert before, "what was measured stays"
    (in_the_way / str(run_id) / "attempt-2").unlink()
    assert own_lab.client.post(f"/runs/{run_id}/resume").status_code == 202
    own_lab.wait(run_id, lambda run: run["epoch"] > len(before))
    assert own_lab.series(run_id, "train/loss")["epoch"][: len(before)] == before
    own_lab.client.post(f"/runs/{run_id}/cancel")


def test_a_full_disk_under_the_whole_lab_costs_no_epoch_and_all_goes_on_when_there_is_room(
    own_lab: Lab, home: Path
) -> None:
    run_id = own_lab.submit(epochs=60, train_limit=400)
    own_lab.wait(run_id, lambda run: run["epoch"] >= 2)

    with no_room(own_lab):
        refused = until(lambda: submitted(own_lab), lambda answer: answer.status_code == 503, seconds=60)
        assert "cannot be used" in refused.json()["detail"]
        assert refused.headers["Retry-After"] == "30"
        time.sleep(5)  # the fault lasts: long enough for several epochs to meet it
        assert own_lab.run(run_id)["id"] == run_id, "reads go on"

    run = own_lab.wait(run_id, lambda run: run["status"] in ("failed", "finished") or run["attempt"] > 1, seconds=90)
    if run["status"] == "failed":
        assert "disk" in run["reason"] or "could not be written" in run["reason"]
        until(lambda: own_lab.client.post(f"/runs/{run_id}/resume").status_code, lambda code: code == 202, seconds=60)
    own_lab.wait(run_id, lambda run: run["status"] == "finished", seconds=120)
    assert own_lab.series(run_id, "train/loss")["epoch"] == list(range(1, 61))
    until(lambda: submitted(own_lab), lambda answer: answer.status_code == 201, seconds=60)
    with closing(sqlite3.connect(home / "skiplab.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def submitted(lab: Lab) -> Any:
    return lab.client.post("/runs", json={"model": "cnn", "dataset": "digits", "epochs": 1, "train_limit": 200})


@contextmanager
def no_room(lab: Lab) -> Iterator[None]:
    """Limit file sizes of all processes, as on a full disk."""
    _limit_files(lab, PAGE)
    try:
        yield
    finally:
        _limit_files(lab, psutil.RLIM_INFINITY)


def _limit_files(lab: Lab, size: int) -> None:
    for process in lab.processes("-m "):
        # It may have ended this moment.
        with suppress(psutil.NoSuchProcess):
            _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
            process.rlimit(psutil.RLIMIT_FSIZE, (size, hard))
