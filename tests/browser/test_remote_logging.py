"""A run that a client logs is on the page like any other: live, with its own keys as charts, and it can be stopped."""

import base64
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from backend.db import client_runs
from backend.db.database import Database
from tests.browser.conftest import OpenDashboard
from tests.lab import Lab, running_web

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""One pixel."""

X = 'quantity => document.querySelector(`[data-chart="${quantity}"] .js-plotly-plot`)?.data?.map(({x}) => [...x])'


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Lab]:
    """The web process alone: no worker is needed."""
    with running_web(tmp_path / "home") as lab:
        yield lab


class Script:
    """A user's training script, as far as the lab sees it."""

    def __init__(self, lab: Lab, **fields: Any) -> None:
        answer = lab.client.post("/runs", json={"kind": "external", **fields})
        assert answer.status_code == 201, answer.text
        self.lab, self.run_id, self.holder, self.seq = lab, answer.json()["run"]["id"], answer.json()["holder"], 0

    def send(self, **content: Any) -> dict[str, Any]:
        self.seq += 1
        body = {"holder": self.holder, "seq": self.seq, **content}
        answer = self.lab.client.post(f"/runs/{self.run_id}/points", json=body)
        assert answer.status_code == 200, answer.text
        stored: dict[str, Any] = answer.json()
        return stored

    def log(self, steps: list[int], **values: float) -> dict[str, Any]:
        columns = {key: {"step": steps, "value": [value] * len(steps)} for key, value in values.items()}
        return self.send(series=columns)


def test_its_points_arrive_live_in_charts_of_its_own_keys(web: Lab, open_dashboard: OpenDashboard) -> None:
    script = Script(web, name="segmentation", config={"lr": 0.1, "arch": {"name": "unet"}})
    declared = {"key": "val/iou", "title": "Intersection over union", "unit": "fraction", "better": "higher"}
    script.send(quantities=[declared], summary={"best iou": 0.7}, log=[{"time": 1e9, "text": "hello from my script"}])
    dashboard = open_dashboard(web)
    page = dashboard.page
    expect(dashboard.row(script.run_id)).to_contain_text("segmentation")
    expect(dashboard.row(script.run_id)).to_contain_text("external")

    script.log([1, 2], **{"loss": 0.5, "val/iou": 0.6})

    chart = page.locator('[data-chart="val/iou"] .js-plotly-plot')
    expect(chart).to_be_visible(timeout=20_000)
    expect(page.get_by_role("heading", name="Intersection over union")).to_be_visible()
    script.log([3], **{"loss": 0.4, "val/iou": 0.7})
    page.wait_for_function(f"() => JSON.stringify(({X})('val/iou')) === '[[1,2,3]]'")
    page.wait_for_function(f"() => JSON.stringify(({X})('loss')) === '[[1,2,3]]'")
    expect(page.get_by_label("X axis")).to_have_value("step")

    dashboard.open(f"runs/{script.run_id}?tab=config")
    expect(page.get_by_role("row", name="arch.name unet")).to_be_visible()
    expect(page.get_by_role("row", name="best iou 0.7")).to_be_visible()
    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_role("log")).to_contain_text("hello from my script")


def test_its_images_are_shown_by_their_steps(web: Lab, open_dashboard: OpenDashboard) -> None:
    script = Script(web, name="segmentation")
    for step in (5, 10):
        path = f"/runs/{script.run_id}/files/media/val/masks/{step}.png"
        assert web.client.put(path, params={"holder": script.holder}, content=PNG).status_code == 200

    dashboard = open_dashboard(web, f"runs/{script.run_id}?tab=media")
    page = dashboard.page

    image = page.get_by_role("img", name="val/masks at step 10")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    page.get_by_role("slider", name="Step of val/masks").press("ArrowLeft")
    expect(page.get_by_role("img", name="val/masks at step 5")).to_be_visible()
    assert dashboard.accessibility_problems() == []
    assert dashboard.overflow() <= 0


def test_it_is_stopped_from_the_page(web: Lab, open_dashboard: OpenDashboard) -> None:
    script = Script(web, name="endless")
    dashboard = open_dashboard(web)

    dashboard.cancel(script.run_id)

    expect(dashboard.row(script.run_id)).to_contain_text("cancelling")
    assert script.log([1], loss=0.5)["stop"] == "cancelled"
    answer = web.client.post(f"/runs/{script.run_id}/finish", json={"holder": script.holder, "status": "cancelled"})
    assert answer.status_code == 200
    expect(dashboard.row(script.run_id)).to_contain_text("cancelled")


def test_a_client_that_falls_silent_is_shown_until_it_calls_again(
    web: Lab, tmp_path: Path, open_dashboard: OpenDashboard
) -> None:
    script = Script(web, name="laptop")
    dashboard = open_dashboard(web)
    expect(dashboard.row(script.run_id)).to_contain_text("running")

    # As the reconciler does after half a minute.
    with closing(Database(f"sqlite:///{tmp_path / 'home' / 'skiplab.db'}")) as database, database.write() as session:
        ((run_id, holder), calls) = next(iter(client_runs.calls(session).items()))
        assert client_runs.lose_contact(session, run_id, holder, calls=calls, seconds=30)

    expect(dashboard.row(script.run_id)).to_contain_text(re.compile("lost contact.*no request from its client since"))
    script.log([1], loss=0.5)
    expect(dashboard.row(script.run_id)).not_to_contain_text("lost contact")
    expect(dashboard.row(script.run_id)).to_contain_text("running")
