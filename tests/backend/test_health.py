"""Alive is not ready: what is missing is named."""

import pytest
from fastapi.testclient import TestClient

from tests.backend.conftest import CountingQueue


def test_a_lab_without_a_worker_is_alive_but_not_ready(api: TestClient) -> None:
    assert api.get("/healthz").status_code == 200
    answer = api.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "missing": ["no worker has announced itself"]}


@pytest.mark.usefixtures("worker_id")
def test_a_lab_with_worker_and_broker_is_ready_until_the_broker_goes(api: TestClient, queue: CountingQueue) -> None:
    assert api.get("/readyz").json() == {"ready": True, "missing": []}

    queue.up = False

    assert api.get("/readyz").json()["missing"] == ["the broker does not answer"]
