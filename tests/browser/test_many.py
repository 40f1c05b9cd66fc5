"""A thousand runs in one table, many long ones in one chart, and ten tabs of one browser."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FloatRect, Page, expect

from benchmarks.ui.lab import fill
from tests.browser.conftest import MANY, OpenDashboard
from tests.browser.dashboard import Dashboard
from tests.lab import Lab, running_web

TRAINED = 12
MOST_ROWS = 80
"""Drawn at once, far more than fit into the window."""


def test_a_thousand_runs_are_one_table_of_few_rows(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(written_lab)
    page = dashboard.page
    table = page.get_by_role("table", name="Runs")
    expect(table).to_have_attribute("aria-rowcount", str(MANY + TRAINED + 1))
    expect(dashboard.row(MANY + TRAINED)).to_be_visible()

    scroll = "document.querySelector('table[aria-label=Runs]').parentElement"
    page.evaluate(f"{scroll}.scrollTop = {scroll}.scrollHeight")
    expect(dashboard.row(1)).to_be_visible()
    assert page.locator("tbody [data-run]").count() < MOST_ROWS

    page.get_by_role("searchbox", name="Search runs").fill("seed 77")
    expect(dashboard.row(TRAINED + 78)).to_be_visible()
    page.wait_for_url(re.compile(r"q=seed(\+|%20)77"))
    expect(dashboard.row(MANY + TRAINED)).to_be_hidden()


def test_a_queue_of_a_thousand_is_one_table_of_few_rows(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "queue").page
    queue = page.get_by_role("region", name="Queued runs")
    rows = queue.locator("tbody tr:not([aria-hidden])")
    expect(queue.get_by_role("table")).to_have_attribute("aria-rowcount", str(MANY + 1))
    expect(rows.first).to_contain_text("waiting, seed 0")
    assert rows.count() < MOST_ROWS

    queue.evaluate("region => region.scrollTop = region.scrollHeight")
    expect(rows.last).to_contain_text(f"waiting, seed {MANY - 1}")
    assert rows.count() < MOST_ROWS


def test_a_place_in_the_queue_is_right_while_older_runs_are_still_on_their_way(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    page = open_dashboard(written_lab, "settings").page
    page.route(re.compile(r"cursor="), lambda _: None)  # never answered: only the newest runs are held
    page.goto(f"{written_lab.url}/queue")
    queue = page.get_by_role("region", name="Queued runs")

    expect(queue.get_by_role("table")).to_have_attribute("aria-rowcount", str(MANY + 1))
    expect(queue.locator("tbody tr:not([aria-hidden])").first).to_contain_text("waiting, seed 0")


LONG_RUNS, LONG = 11, 200
"""Runs and epochs that crowd a chart."""


@pytest.fixture(scope="module")
def crowded_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("crowded-lab") / "home"
    fill(home, count=LONG_RUNS, epochs=LONG)
    with running_web(home) as lab:
        yield lab


def test_a_crowded_chart_says_that_it_leaves_epochs_out_and_shows_them_to_who_looks_closely(
    crowded_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(crowded_lab, f"?runs={','.join(map(str, range(1, LONG_RUNS + 1)))}")
    page = dashboard.page
    title = page.locator("[data-chart=accuracy] [data-axis=x]")
    expect(title).to_have_text("Epoch · 1 of 2 epochs drawn")
    drawn = dashboard.epochs(1, "test/accuracy")
    assert drawn[0] == 1
    assert drawn[-1] == LONG
    assert LONG / 2 <= len(drawn) < LONG * 2 / 3
    assert drawn == dashboard.epochs(LONG_RUNS, "test/accuracy") == dashboard.epochs(1, "train/accuracy")

    axis = page.get_by_role("group", name="Chart options").get_by_role("combobox").first
    _zoom_in(page)
    expect(title).to_have_text("Epoch")
    axis.select_option("step")
    expect(title).to_have_text("Optimiser step · 1 of 2 epochs drawn")
    axis.select_option("epoch")
    expect(title).to_have_text("Epoch · 1 of 2 epochs drawn")
    plot = _zoom_in(page)
    expect(title).to_have_text("Epoch")
    near = dashboard.epochs(1, "test/accuracy")
    assert set(range(LONG * 2 // 5 + 2, LONG * 3 // 5 - 2)) <= set(near)
    assert set(drawn) <= set(near)

    page.get_by_role("button", name="More for Accuracy").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Plotly figure (JSON)").click()
    figure = json.loads(download.value.path().read_text())
    assert all(len(trace["x"]) == LONG for trace in figure["data"])
    assert figure["layout"]["xaxis"]["range"] == pytest.approx([LONG * 0.4, LONG * 0.6], abs=2)
    page.mouse.dblclick(plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] / 2)
    expect(title).to_have_text("Epoch · 1 of 2 epochs drawn")

    page.get_by_role("button", name="More for Accuracy").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Data (CSV)").click()
    assert len(download.value.path().read_text().splitlines()) == 1 + LONG_RUNS * LONG * 2

    dashboard.open("?runs=1,2,3")
    expect(title).to_have_text("Epoch")
    dashboard.wait_for_points(1, "test/accuracy", at_least=LONG)


def test_a_crowded_chart_that_was_out_of_sight_tells_what_it_draws_when_it_comes_back(
    crowded_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    runs = ",".join(map(str, range(1, LONG_RUNS + 1)))
    page = open_dashboard(crowded_lab, f"?runs={runs}&charts=accuracy~wide,loss~wide,lr~wide,gap~wide").page
    title = page.locator("[data-chart=accuracy] [data-axis=x]")
    expect(title).to_have_text("Epoch · 1 of 2 epochs drawn")
    _zoom_in(page)
    expect(title).to_have_text("Epoch")

    page.locator(
        "section", has=page.get_by_role("heading", name="Generalisation gap")
    ).last.scroll_into_view_if_needed()
    expect(title).to_be_hidden()
    page.locator(
        "section", has=page.get_by_role("heading", name="Accuracy", exact=True)
    ).last.scroll_into_view_if_needed()
    expect(title).to_have_text("Epoch · 1 of 2 epochs drawn")


def _zoom_in(page: Page) -> FloatRect:
    """Into the middle fifth of the accuracy; where its plot stands."""
    plot = page.locator("[data-chart=accuracy] .nsewdrag").bounding_box()
    assert plot is not None
    middle = plot["y"] + plot["height"] / 2
    page.mouse.move(plot["x"] + plot["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(plot["x"] + plot["width"] * 0.6, middle, steps=4)
    page.mouse.up()
    return plot


@pytest.mark.timeout(240)
def test_the_tenth_tab_of_a_browser_is_as_live_as_the_first(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    first = open_dashboard(written_lab, "?runs=4")
    tabs = [first, *(Dashboard(first.page.context.new_page(), written_lab.url) for _ in range(9))]
    for tab in tabs[1:]:
        tab.open("?runs=4")
    tabs[-1].wait_for_points(4, "test/accuracy", at_least=8)

    written_lab.client.patch("/runs/4", json={"name": "heard in every tab", "tags": []})
    for tab in tabs:
        tab.page.get_by_role("searchbox", name="Search runs").fill("heard")
        expect(tab.row(4)).to_contain_text("heard in every tab")
    written_lab.client.patch("/runs/4", json={"name": "resnet18, seed 0"})
    assert [tab.complaints for tab in tabs] == [[]] * 10
