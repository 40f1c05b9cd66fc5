"""Errands on a real server: they start while every slot trains, and survive the death of their process and worker."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.lab import Lab, running_lab, until

pytestmark = pytest.mark.timeout(300)

STARTED_SECONDS = 3.0


@pytest.fixture
def own_lab(tmp_path: Path) -> Iterator[Lab]:
    """A server that a test may break."""
    with running_lab(tmp_path / "home") as lab:
        yield lab


def errand(lab: Lab, errand_id: int) -> dict[str, Any]:
    found: dict[str, Any] = lab.client.get(f"/errands/{errand_id}").json()
    return found


def process_of(lab: Lab) -> psutil.Process | None:
    return next(iter(lab.processes("-m worker errand")), None)


def kill_process(lab: Lab) -> None:
    found = until(lambda: process_of(lab), bool, 60)
    found.kill()


@pytest.mark.long
def test_a_preview_starts_while_every_slot_trains_and_outlives_its_process_and_its_worker(own_lab: Lab) -> None:
    run_id = own_lab.submit(epochs=1000, train_limit=1000)
    own_lab.wait(run_id, lambda run: run["epoch"] >= 1)

    begun = time.monotonic()
    errand_id = own_lab.client.post("/errands", json={"kind": "preview_augmentation", "dataset": "digits"}).json()["id"]
    until(lambda: errand(own_lab, errand_id), lambda found: found["status"] == "running", 30)
    assert time.monotonic() - begun < STARTED_SECONDS

    kill_process(own_lab)
    crashed = until(lambda: errand(own_lab, errand_id), lambda found: found["attempt"] == 2, 30)
    assert crashed["crashes"] == 1
    for process in own_lab.processes("-m worker serve"):
        process.send_signal(signal.SIGKILL)
    done = until(lambda: errand(own_lab, errand_id), lambda found: found["status"] == "done", 90)

    assert done["attempt"] >= 3
    assert own_lab.client.get("/datasets/digits/previews/none").status_code == 200
    until(lambda: process_of(own_lab), lambda found: found is None, 20)
