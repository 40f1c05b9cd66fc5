"""Liveness and readiness: what is not ready is named."""

import pytest
from fastapi.testclient import TestClient

from backend.db import catalog, workers
from backend.db.database import Database
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.lifecycle import Status
from tests.backend.conftest import CountingNotifier
from tests.conftest import CPU


def test_a_lab_without_a_worker_is_alive_but_not_ready(api: TestClient) -> None:
    assert api.get("/healthz").status_code == 200
    answer = api.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "missing": ["no worker has announced itself"]}


@pytest.mark.usefixtures("worker_id")
def test_a_lab_with_worker_and_broker_is_ready_until_the_broker_goes(
    api: TestClient, notifier: CountingNotifier
) -> None:
    assert api.get("/readyz").json() == {"ready": True, "missing": []}

    notifier.up = False

    assert api.get("/readyz").json()["missing"] == ["the broker does not respond"]


def test_metrics_report_the_state_to_prometheus(
    api: TestClient, database: Database, notifier: CountingNotifier
) -> None:
    with database.write() as session:
        workers.register(session, name="gpu-1", devices=[CPU, CPU])
        catalog.announce(session, [], [DatasetCard(key="digits", label="Digits", available=True, source="-")])
    notifier.up = False

    answer = api.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=")
    gauges = {
        line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in answer.text.splitlines() if line[0] != "#"
    }
    assert gauges["skiplab_devices_idle"] == 2
    assert gauges["skiplab_broker_up"] == 0
    assert {f'skiplab_runs{{status="{status}"}}' for status in Status} <= gauges.keys()
