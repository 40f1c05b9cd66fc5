"""Check a running lab end to end: submit a `cnn` run on `digits` over HTTP and wait until it is trained.

    python scripts/compose_check.py [http://127.0.0.1:8000]

Made for `docker compose up`; works with any lab. Standard library only. Exits with 0 only if the run finished as
expected.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from typing import Any

EPOCHS = 5
SPEC = {
    "name": "compose check",
    "model": "cnn",
    "dataset": "digits",
    "epochs": EPOCHS,
    "batch_size": 20,
    "learning_rate": 0.05,
    "train_limit": 300,
    "test_limit": 180,
}
LEARNT = 0.3
"""Minimum test accuracy: chance is 0.1, such a run reaches about 0.6."""

AUTHORIZATION = {"Authorization": f"Bearer {os.environ['SKIPLAB_TOKEN']}"} if os.environ.get("SKIPLAB_TOKEN") else {}

READY_SECONDS = 90
RUN_SECONDS = 240
# The check polls over HTTP, as a user's script would.
READY_POLL_SECONDS, RUN_POLL_SECONDS = 1.0, 0.5
UNFINISHED = ("queued", "running")


class CheckFailed(Exception):
    pass


def main() -> int:
    lab = Lab(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
    try:
        started = time.monotonic()
        lab.wait_until_ready()
        run = lab.train()
        lab.check_metrics(run["id"])
        lab.check_page()
    except (CheckFailed, OSError) as error:
        print(f"compose check: {error}", file=sys.stderr)
        return 1
    print(f"compose check: passed in {time.monotonic() - started:.0f} s")
    return 0


class Lab:
    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while (missing := self._missing()) is not None:
            if time.monotonic() > deadline:
                raise CheckFailed(f"not ready in {READY_SECONDS} s: {missing}")
            time.sleep(READY_POLL_SECONDS)  # a server that does not run yet can only be polled

    def train(self) -> dict[str, Any]:
        """Submit the run and wait for it to end."""
        run: dict[str, Any] = self._call("/api/v1/runs", SPEC)
        deadline = time.monotonic() + RUN_SECONDS
        seen = None
        while run["status"] in UNFINISHED and time.monotonic() < deadline:
            time.sleep(RUN_POLL_SECONDS)  # like a script without the event stream
            run = self._call(f"/api/v1/runs/{run['id']}")
            if seen != (run["status"], run["epoch"]):
                seen = (run["status"], run["epoch"])
                print(f"compose check: run {run['id']} {run['status']}, epoch {run['epoch']} of {run['epochs']}")
        if run["status"] != "finished":
            raise CheckFailed(f"run {run['id']} is {run['status']}: {run['reason']}")
        return run

    def check_metrics(self, run_id: int) -> None:
        answer = self._call(f"/api/v1/runs/{run_id}/metrics")
        series = {one["key"]: one for one in answer["series"]}
        for key in ("train/loss", "train/accuracy", "test/loss", "test/accuracy"):
            if key not in series:
                raise CheckFailed(f"run {run_id} has no {key}, only {sorted(series)}")
            if series[key]["epoch"] != list(range(1, EPOCHS + 1)):
                raise CheckFailed(f"{key} was recorded for the epochs {series[key]['epoch']}, not for 1 to {EPOCHS}")
            print(f"compose check: {key} {[round(value, 3) for value in series[key]['value']]}")
        if series["test/accuracy"]["value"][-1] < LEARNT:
            raise CheckFailed(f"run {run_id} has learnt nothing: test accuracy {series['test/accuracy']['value']}")

    def check_page(self) -> None:
        with urllib.request.urlopen(f"{self._address}/", timeout=10) as answer:
            if b"<script" not in answer.read():
                raise CheckFailed("the dashboard is not served")

    def _missing(self) -> str | None:
        """Return what is not ready yet; None if all is."""
        try:
            self._call("/readyz")
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError as error:
            return str(error)
        return None

    def _call(self, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            self._address + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **AUTHORIZATION},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
