"""Screenshots at both widths, light and dark: nothing overflows, and axe finds nothing serious."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PICTURES, OpenDashboard
from tests.lab import Lab

SIZES = pytest.mark.parametrize("width", [1440, 390])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.fixture(scope="session")
def trained(lab: Lab) -> list[int]:
    """Finished runs of two networks, two seeds each."""
    answer = lab.client.post(
        "/experiments",
        json={
            "name": "two networks",
            "vary": {"model": ["cnn", "densenet"], "seed": [0, 1]},
            "spec": {
                "dataset": "digits",
                "epochs": 4,
                "train_limit": 120,
                "batch_size": 32,
                "learning_rate": 0.01,
                "test_limit": 60,
                "train_eval_limit": 0,
            },
        },
    )
    ids = [run["id"] for run in answer.json()["runs"]]
    for run_id in ids:
        lab.wait(run_id, lambda run: run["status"] == "finished", seconds=90)
    return ids


@SCHEMES
@SIZES
@pytest.mark.timeout(240)
def test_runs_and_curves_fit(
    lab: Lab, trained: list[int], open_dashboard: OpenDashboard, width: int, scheme: str
) -> None:
    dashboard = open_dashboard(lab, f"?runs={','.join(map(str, trained))}", width=width, scheme=scheme)
    for run_id in trained:
        dashboard.wait_for_points(run_id, "test/accuracy", at_least=4)
    dashboard.page.screenshot(path=PICTURES / f"dashboard-{width}-{scheme}.png", full_page=width < 600)

    assert dashboard.overflow() <= 0
    assert dashboard.accessibility_problems() == []


@SCHEMES
@SIZES
def test_the_launch_form_fits(lab: Lab, open_dashboard: OpenDashboard, width: int, scheme: str) -> None:
    dashboard = open_dashboard(lab, "?launch=1", width=width, scheme=scheme)
    form = dashboard.form
    form.get_by_role("button", name=re.compile("^Plain CNN vs")).click()
    expect(form.get_by_role("button", name="Launch 4 runs")).to_be_visible()
    dashboard.page.screenshot(path=PICTURES / f"launch-{width}-{scheme}.png")

    assert dashboard.overflow() <= 0
    assert dashboard.accessibility_problems() == []


@SCHEMES
@SIZES
def test_the_data_page_fits(lab: Lab, open_dashboard: OpenDashboard, width: int, scheme: str) -> None:
    # Previews exist once a worker has used the data set.
    lab.wait(lab.submit(), lambda run: run["status"] == "finished")
    dashboard = open_dashboard(lab, "data/digits", width=width, scheme=scheme)
    expect(dashboard.page.get_by_role("img").first).to_be_visible()
    dashboard.page.screenshot(path=PICTURES / f"data-{width}-{scheme}.png", full_page=width < 600)

    assert dashboard.overflow() <= 0
    assert dashboard.accessibility_problems() == []


@SCHEMES
@SIZES
def test_an_empty_lab_fits(empty_lab: Lab, open_dashboard: OpenDashboard, width: int, scheme: str) -> None:
    dashboard = open_dashboard(empty_lab, width=width, scheme=scheme)
    expect(dashboard.page.get_by_text("4 runs on Digits")).to_be_visible()
    dashboard.page.screenshot(path=PICTURES / f"empty-{width}-{scheme}.png", full_page=width < 600)

    assert dashboard.overflow() <= 0
    assert dashboard.accessibility_problems() == []


def test_light_and_dark_follow_the_system_until_chosen(lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(lab, scheme="dark")
    root, toggle = dashboard.page.locator("html"), dashboard.page.get_by_role("button", name="Appearance:")
    expect(root).to_have_attribute("data-mantine-color-scheme", "dark")

    toggle.click()
    expect(root).to_have_attribute("data-mantine-color-scheme", "light")
    dashboard.page.reload()
    expect(root).to_have_attribute("data-mantine-color-scheme", "light")
