"""Clean shutdown of processes: each exits in time, and its work is continued."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import httpx2 as httpx
import psutil
import pytest

from backend.db import catalog
from backend.db.database import Database
from skiplab.contract.catalog import DatasetCard, ModelDetails
from tests.lab import Lab, running_lab, running_web, until

# Each starts a lab or parts of one; on busy cores that alone takes a minute.
pytestmark = pytest.mark.timeout(500)

BATCHES = 150
"""Of an epoch."""

WORKER_SECONDS = 10
"""What is promised."""

BACKEND_SECONDS = 20
"""Far more than the graceful shutdown of 5 s, since the test machine may be busy."""


def test_a_worker_that_is_stopped_inside_an_epoch_is_gone_in_time_and_leaves_a_checkpoint_of_it(tmp_path: Path) -> None:
    with running_lab(tmp_path / "home") as lab:
        # Many batches an epoch, which takes some seconds at least.
        run_id = lab.submit(model="densenet", epochs=2, batch_size=4, train_limit=BATCHES * 4)
        lab.wait(run_id, lambda run: run["progress"] > 0)
        worker = min(lab.processes("-m worker serve"), key=lambda process: process.create_time())
        family = [worker, *worker.children(recursive=True)]

        worker.terminate()
        _, left = psutil.wait_procs(family, timeout=WORKER_SECONDS)

        assert left == [], lab.log.read_text()[-3000:]
        story = lab.client.get(f"/runs/{run_id}/history").json()["items"]
        assert ("queued", "its worker was stopped", 0) in [
            (each["status"], each["cause"], each["epoch"]) for each in story
        ]
        (kept,) = lab.client.get(f"/runs/{run_id}/artifacts").json()["items"]
        assert (kept["kind"], kept["epoch"]) == ("checkpoint", 0)
        batches = kept["step"]
        assert 0 < batches < BATCHES

        lab.wait(run_id, lambda run: run["attempt"] == 2 and run["progress"] > batches / BATCHES / 2)
        log = [line["text"] for line in lab.client.get(f"/runs/{run_id}/logs").json()["items"]]
        assert f"resuming after epoch 0, batch {batches} of the next" in log
        lab.client.post(f"/runs/{run_id}/cancel")
        lab.wait(run_id, lambda run: run["status"] == "cancelled", seconds=30)


def test_a_backend_that_is_stopped_ends_its_streams_and_the_next_one_goes_on_where_they_ended(tmp_path: Path) -> None:
    home = tmp_path / "home"
    heard: list[int] = []
    with ThreadPoolExecutor(1) as threads:
        with running_web(home) as lab:
            offer_something(home)
            stream = threads.submit(listen, lab, heard)
            until(lambda: heard, bool, seconds=30)
            for _ in range(3):
                lab.submit()

            lab.process.terminate()
            lab.process.wait(BACKEND_SECONDS)
            stream.result(BACKEND_SECONDS)
        with running_web(home) as lab:
            for _ in range(2):
                lab.submit()
            with closing(sqlite3.connect(home / "skiplab.db")) as connection:
                stored = [id for (id,) in connection.execute("SELECT id FROM event ORDER BY id")]
            stream = threads.submit(listen, lab, heard)
            until(lambda: heard[-1:], lambda last: last == stored[-1:], seconds=30)
            lab.process.terminate()
            stream.result(BACKEND_SECONDS)

    assert heard == stored


def offer_something(home: Path) -> None:
    with closing(Database(f"sqlite:///{home / 'skiplab.db'}")) as database, database.write() as session:
        models = [ModelDetails(key="cnn", label="CNN", measured=True, parameters=1, flops=1)]
        catalog.announce(session, models, [DatasetCard(key="digits", label="Digits", available=True, source="-")])


def listen(lab: Lab, heard: list[int]) -> None:
    """Collect event ids after the last one, until the stream ends."""
    where = {"Last-Event-ID": str(heard[-1] if heard else 0)}
    # A backend that stops closes the connection without ending the body; browsers reconnect either way.
    with (
        suppress(httpx.RemoteProtocolError),
        httpx.stream("GET", f"{lab.url}/api/v1/events", headers=where, timeout=30) as stream,
    ):
        for line in stream.iter_lines():
            if line.startswith("id: "):
                heard.append(int(line.removeprefix("id: ")))
