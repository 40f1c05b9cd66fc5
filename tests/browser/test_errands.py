"""Errands, the background tasks of workers: their status is shown, and they can be cancelled."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backend.db import errands as stored
from backend.db import workers
from backend.db.database import Database
from skiplab.contract.errands import CardTask, PreviewTask, Task
from tests.browser.conftest import OpenDashboard
from tests.errands import claim_errand
from tests.lab import Lab, announced_home, running_web

UNMEASURED = "torchvision.googlenet"
"""The first worker of a lab measures the built-in networks only."""


@pytest.fixture
def lab_without_worker(tmp_path: Path) -> Iterator[Lab]:
    """The web process alone, with the catalogue that a worker left."""
    with running_web(announced_home(tmp_path / "home")) as lab:
        yield lab


@pytest.fixture
def database(lab_without_worker: Lab, tmp_path: Path) -> Iterator[Database]:
    """The lab's database, to write what a worker would."""
    assert lab_without_worker.process.poll() is None
    database = Database(f"sqlite:///{tmp_path / 'home' / 'skiplab.db'}")
    yield database
    database.close()


def test_without_a_worker_a_measurement_waits_and_says_so(
    lab_without_worker: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(lab_without_worker, f"networks/{UNMEASURED}")
    page = dashboard.page
    waits = page.get_by_text("Waiting for a worker (none is connected), since")
    expect(waits).to_be_visible()

    page.get_by_role("button", name="Cancel the measurement of").click()
    expect(page.get_by_text("Cancelled.", exact=True)).to_be_visible()
    assert [each["status"] for each in errands(lab_without_worker)] == ["cancelled"]

    page.get_by_role("button", name="Retry the measurement of").click()
    expect(waits).to_be_visible()
    assert [each["status"] for each in errands(lab_without_worker)] == ["waiting", "cancelled"]

    dashboard.open("queue")
    panel = page.get_by_role("region", name="Errands")
    expect(panel.get_by_role("listitem")).to_contain_text(re.compile("Measuring .*googlenet", re.IGNORECASE))
    panel.get_by_role("button", name="Cancel errand").click()
    expect(panel).to_be_hidden()


def test_a_measurement_that_failed_is_retried_on_the_network_s_page(
    lab_without_worker: Lab, database: Database, open_dashboard: OpenDashboard
) -> None:
    lab_without_worker.client.post("/errands", json=CardTask(model=UNMEASURED).model_dump(mode="json"))
    work(database, CardTask(model=UNMEASURED), error="out of memory")
    page = open_dashboard(lab_without_worker, f"networks/{UNMEASURED}").page
    failed = page.get_by_text("It could not be measured.")
    expect(failed).to_be_visible()
    expect(page.get_by_text("out of memory")).to_be_visible()

    page.get_by_role("button", name="Retry the measurement of").click()

    expect(page.get_by_text("Waiting for a worker (none is connected), since")).to_be_visible()
    expect(failed).to_be_hidden()
    expect(page.get_by_text("out of memory")).to_be_hidden()


def test_a_preview_that_another_host_has_does_not_wait_and_can_be_requested_again(
    lab_without_worker: Lab, database: Database, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(lab_without_worker, "data/digits")
    panel = dashboard.page.get_by_role("region", name="Augmentation")
    waits = panel.get_by_text("Waiting for a worker (none is connected), since")
    expect(waits).to_be_visible()

    work(database, PreviewTask(dataset="digits"))

    elsewhere = panel.get_by_text("The preview was rendered by worker vm2, but is not on this server")
    expect(elsewhere).to_be_visible()
    expect(waits).to_be_hidden()
    panel.get_by_role("button", name="Request the preview again").click()
    expect(waits).to_be_visible()
    expect(elsewhere).to_be_hidden()


def work(database: Database, task: Task, *, error: str | None = None) -> None:
    """Claim the errand and end it, like a worker on another host that goes offline afterwards."""
    with database.write() as session:
        worker_id = workers.register(session, name="vm2", devices=[])
        held = claim_errand(session, worker_id, lambda waiting: waiting == task)
        assert held is not None
        if error is None:
            stored.finish(session, held.errand_id, held.attempt)
        else:
            stored.fail(session, held.errand_id, held.attempt, error=error)
        workers.leave(session, worker_id)


def errands(lab: Lab) -> list[dict[str, object]]:
    items: list[dict[str, object]] = lab.client.get("/errands").json()["items"]
    return items
