"""The server is killed while a client logs: what was answered is stored, and what is repeated is stored once."""

import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.lab import Lab, running_lab

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

KILLS = 4
POINTS = 20
PATIENCE_SECONDS = 60


def test_every_batch_is_stored_once_however_often_the_server_is_killed(tmp_path: Path) -> None:
    with running_lab(tmp_path / "home") as lab:
        held = _until_answered(lab, "/runs", {"kind": "external", "external_id": "mine", "resume": "allow"})
        run = held["run"]["id"]
        killing = threading.Thread(target=_kill_the_backend, args=(lab, random.Random(0)))
        killing.start()
        seq = 0
        while killing.is_alive():
            seq += 1
            assert _until_answered(lab, f"/runs/{run}/points", _batch(held["holder"], seq))["seq"] == seq
        killing.join()
        (loss,) = lab.client.get(f"/runs/{run}/metrics").json()["series"]
        lines = lab.client.get(f"/runs/{run}/logs", params={"limit": 5000}).json()["items"]

    assert loss["step"] == list(range((seq + 1) * POINTS))[POINTS:]
    assert loss["value"] == [float(number) for number in range(1, seq + 1) for _ in range(POINTS)]
    assert [line["text"] for line in lines] == [f"batch {number}" for number in range(1, seq + 1)][-5000:]


def _batch(holder: int, seq: int) -> dict[str, Any]:
    steps = list(range(seq * POINTS, (seq + 1) * POINTS))
    return {
        "holder": holder,
        "seq": seq,
        "series": {"loss": {"step": steps, "value": [float(seq)] * POINTS}},
        "log": [{"time": 1.0, "text": f"batch {seq}"}],
    }


def _until_answered(lab: Lab, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send the same request until it is answered, as a client does that does not know what became of it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = lab.client.post(path, json=body)
            if answer.status_code != 503:
                assert answer.status_code in (200, 201), answer.text
                found: dict[str, Any] = answer.json()
                return found
        except httpx.TransportError:
            pass  # it was killed, before or after it stored the batch
        assert time.monotonic() < deadline, lab.log.read_text()[-3000:]
        time.sleep(0.05)  # another process, which sends no event when it is back


def _kill_the_backend(lab: Lab, chance: random.Random) -> None:
    for _ in range(KILLS):
        time.sleep(chance.uniform(1, 3))  # at any moment of a batch
        for process in lab.processes("-m backend"):
            process.send_signal(signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not lab.processes("-m backend") and time.monotonic() < deadline:
            time.sleep(0.05)
    time.sleep(3)
