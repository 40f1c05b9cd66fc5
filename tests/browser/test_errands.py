"""What workers do beside training: whoever waits for it sees how it stands, and can cancel it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard
from tests.lab import Lab, announced_home, running_web

UNMEASURED = "torchvision.googlenet"
"""The first worker of a lab measures the built-in networks only."""


@pytest.fixture
def lab_without_worker(tmp_path: Path) -> Iterator[Lab]:
    """The web process alone, with the catalogue that a worker left."""
    home = announced_home(tmp_path / "home")
    with running_web(home) as lab:
        yield lab


def test_without_a_worker_a_measurement_waits_and_says_so(
    lab_without_worker: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(lab_without_worker, f"networks/{UNMEASURED}")
    page = dashboard.page
    waits = page.get_by_text("Waits for a worker; none is connected, since")
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


def errands(lab: Lab) -> list[dict[str, object]]:
    items: list[dict[str, object]] = lab.client.get("/errands").json()["items"]
    return items
