"""Short stories of Compare and Networks: what somebody comes for, done the way they would do it."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenDashboard
from tests.lab import Lab, until

DRAWN = 20_000
"""Milliseconds that a figure may take where many tests share two cores."""


def test_compared_runs_show_what_differs_and_which_is_best(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "compare?runs=1,4,7").page
    differences = page.get_by_role("region", name="Settings and results of the chosen runs")
    expect(_row(differences, "Network")).to_be_visible()
    expect(_row(differences, "Learning rate")).to_be_visible()

    page.get_by_role("switch", name="Only what differs").click()
    page.wait_for_url(re.compile("differing=1"))
    expect(_row(differences, "Learning rate")).to_be_hidden()
    expect(_row(differences, "Network")).to_be_visible()

    marked = _row(differences, "Best accuracy").locator("[data-best=true]")
    expect(marked).to_have_text(re.compile(r"^\d\d\.\d%, selected on test best$"))
    runs = [written_lab.run(run_id) for run_id in (1, 4, 7)]
    assert f"{max(run['best']['value'] for run in runs):.1%}" in marked.inner_text()
    convergence = page.get_by_role("region", name="Convergence of the chosen runs")
    expect(_row(convergence, "#4 resnet18, seed 0")).to_contain_text(f"{runs[1]['best']['epoch']}, selected on test")


def test_compared_runs_are_held_against_what_they_cost_and_all_at_once(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    page = open_dashboard(written_lab, "compare?runs=1,4,7,10").page
    cost = page.get_by_role("combobox", name="Cost")
    _come_to(page, cost)
    cost.select_option(label="training time")
    page.wait_for_url(re.compile("cost=seconds"))
    expect(page.locator("[data-figure=cost] .xtitle")).to_have_text(re.compile("^Seconds of training"), timeout=DRAWN)
    expect(cost).to_be_in_viewport()

    page.reload()
    _come_to(page, cost)
    expect(cost).to_have_value("seconds")
    cost.select_option(label="parameters")
    page.wait_for_url(re.compile("runs=1,4,7,10$"))

    # Drawn by the strict bundle, for the security policy lets no other make code out of text; a breach fails the test.
    parallel = page.locator("[data-figure=parallel]")
    _come_to(page, parallel)
    expect(parallel.locator("svg .axis-title").first).to_have_text("Network", timeout=DRAWN)
    assert (
        len(page.evaluate("document.querySelector('[data-figure=parallel] .js-plotly-plot').data[0].line.color")) == 4
    )


def test_figures_and_compared_tables_become_files(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "compare?runs=1,4,7").page

    def saved(button: Locator) -> list[str]:
        with page.expect_download() as download:
            button.click()
        return download.value.path().read_text().splitlines()

    buttons = page.get_by_role("button", name="CSV", exact=True)
    expect(buttons).to_have_count(2)
    expect(buttons.last).to_be_enabled()
    assert {"best", "selected_on", "model"} <= {line.partition(",")[0] for line in saved(buttons.first)}
    convergence = saved(buttons.last)
    assert convergence[0].startswith("run,name,status,epochs_to_60")
    assert len(convergence) == 1 + 3

    cost = page.get_by_role("combobox", name="Cost")
    _come_to(page, cost)
    expect(page.locator("[data-figure=cost] .js-plotly-plot")).to_be_visible(timeout=DRAWN)
    panel = page.get_by_role("region", name="Accuracy against cost")
    panel.get_by_role("button", name="Download the figure").click()
    points = saved(page.get_by_role("menuitem", name="All points (CSV)"))
    assert points[0].startswith("trace,x,y")
    assert any("62006," in line for line in points), "the plain network's parameters"


def test_two_networks_stand_beside_each_other(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "networks/resnet18").page

    page.get_by_role("combobox", name="Beside it").select_option(label="DenseNet, ImageNet stem")
    page.wait_for_url(re.compile(r"networks/resnet18\?beside=densenet$"))
    for name in ("ResNet-18", "DenseNet, ImageNet stem"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()

    page.reload()
    expect(page.get_by_role("heading", name="DenseNet, ImageNet stem", exact=True)).to_be_visible()


def _row(table: Locator, title: str) -> Locator:
    """The row whose head says exactly this."""
    return table.get_by_role("row").filter(has=table.page.get_by_role("rowheader", name=title, exact=True))


def _come_to(page: Page, wanted: Locator) -> None:
    """Scrolls down until it is there: what is out of sight has not been asked for."""

    def look() -> bool:
        page.evaluate("window.scrollBy(0, 400)")
        return wanted.count() > 0 and wanted.is_visible()

    until(look, bool, seconds=20)
    wanted.scroll_into_view_if_needed()
