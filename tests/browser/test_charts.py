"""The charts: curves, hover, zoom, and their files."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard, OpenDrawn
from tests.browser.judged import F1
from tests.lab import Lab

PLOT = "document.querySelector('[data-chart=accuracy] .js-plotly-plot')"
WHOLE_AXIS = f"() => {PLOT}.layout.xaxis.autorange"

OFF_THE_LINE = """quantity => {
  const traces = [...document.querySelectorAll(`[data-chart=${quantity}] .scatterlayer .trace`)]
  return traces.filter((trace) => trace.querySelector('.js-line') && trace.querySelector('.point')).map((trace) => {
    const line = trace.querySelector('.js-line')
    const end = line.getPointAtLength(line.getTotalLength()).matrixTransform(line.getScreenCTM())
    const last = [...trace.querySelectorAll('.point')].at(-1).getBoundingClientRect()
    return Math.hypot(end.x - last.x - last.width / 2, end.y - last.y - last.height / 2)
  })
}"""
"""Distance of each line's end from the centre of its last marker, in pixels."""

SHAPES_UNDER_WAY = """() => {
  window.underWay = []
  document.addEventListener('transitionrun', ({target, propertyName}) => {
    if (target.closest('svg')) window.underWay.push(`${propertyName} of a ${target.localName}`)
  }, true)
}"""
"""Records each transition of a shape in a drawing: while it lasts, the shape is not where the data is."""


def test_pointing_at_a_chart_compares_all_runs_at_one_epoch(open_drawn: OpenDrawn) -> None:
    dashboard = open_drawn("?runs=5,6&q=resnet18")
    page = dashboard.page
    plot = page.locator("[data-chart=accuracy] .nsewdrag").bounding_box()
    assert plot is not None
    place = plot["x"] + plot["width"] * 0.4, plot["y"] + plot["height"] / 2
    page.mouse.move(*place)
    page.mouse.move(place[0] + 3, place[1])

    card = page.locator("[data-hover=accuracy]")
    expect(card.get_by_text(re.compile(r"^Epoch: \d$"))).to_be_visible()
    expect(card.locator("tbody tr")).to_have_text(
        [re.compile(r"ResNet-18 · seed \d\d+\.\d%\d+\.\d%$")] * 2, use_inner_text=False
    )
    expect(card).to_be_in_viewport(ratio=1)
    page.mouse.move(plot["x"] - 300, plot["y"] - 20)
    expect(card).to_be_hidden()


def test_the_metric_of_a_plugin_has_a_chart_in_its_own_unit_and_a_column_of_the_table(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, f"?runs=4,5&q=resnet18&charts=accuracy&columns={F1.key}")
    page = dashboard.page
    page.get_by_role("button", name="Add chart").click()
    page.get_by_role("menuitem", name=F1.title).click()

    chart = page.locator(f"[data-chart='{F1.key}']")
    expect(chart.locator(".scatterlayer .trace")).to_have_count(2)
    expect(page.get_by_role("heading", name=F1.title)).to_be_visible()
    expect(chart.locator(".ytick text").first).to_have_text(re.compile(r"^\d+%$"))
    traces = dashboard.traces(F1.key)
    recorded = {run_id: written_lab.series(run_id, F1.key)["value"] for run_id in (4, 5)}
    assert {run_id: traces[f"run-{run_id}-test-f1-macro"]["y"] for run_id in recorded} == recorded

    (measured,) = written_lab.client.get("/evidence/measures", params={"runs": "4"}).json()["runs"]
    expect(dashboard.row(4).locator(f"[data-column='{F1.key}']")).to_have_text(measured["texts"][F1.key])


def test_what_the_filters_take_from_the_table_they_take_from_the_charts(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?runs=1,4,6")
    page = dashboard.page
    key = page.get_by_role("list", name="Runs in charts").get_by_role("listitem")
    expect(key).to_have_count(3)
    page.get_by_role("searchbox").fill("resnet18 2")
    expect(key).to_have_text(["ResNet-18"])
    page.get_by_role("searchbox").fill("nothing of the kind")
    expect(page.get_by_text("No selected runs match the current filters.").first).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(key).to_have_count(3)
    page.wait_for_url(re.compile(r"\?runs=1,4,6$"))

    dashboard.open("?network=resnet18")
    expect(key).to_have_text([f"ResNet-18 · seed {seed}" for seed in range(3)])


def test_charts_that_lost_their_last_run_show_all_of_the_next_one(open_drawn: OpenDrawn) -> None:
    dashboard = open_drawn("?runs=6&q=resnet18")
    page = dashboard.page
    for _ in range(2):
        dashboard.eye(6).click()
        page.wait_for_function(f"() => {PLOT}.data.length === 0")
        dashboard.eye(6).click()
        dashboard.wait_for_points(6, "test/accuracy", at_least=8)
        assert page.evaluate(WHOLE_AXIS) is True
        low, high = page.evaluate(f"() => {PLOT}.layout.xaxis.range")
        assert low <= 1
        assert high >= 8


def test_a_chart_that_was_drawn_empty_leads_back_to_all_its_points(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?runs=500&q=resnet18")
    page = dashboard.page
    plot = page.locator("[data-chart=accuracy] .nsewdrag")
    expect(plot).to_be_visible()
    dashboard.eye(4).click()
    dashboard.wait_for_points(4, "test/accuracy", at_least=8)
    assert page.evaluate(WHOLE_AXIS) is True

    for back in (plot.dblclick, page.get_by_role("button", name="Reset axes").first.click):
        page.get_by_role("button", name="Zoom in").first.click()
        page.wait_for_function(f"() => !({WHOLE_AXIS})()")
        back()
        page.wait_for_function(WHOLE_AXIS)


def test_a_chart_keeps_the_height_that_it_was_dragged_to(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "?runs=4&charts=accuracy,loss,lr").page
    panel = page.locator("section", has=page.get_by_role("heading", name="Loss")).last
    box = panel.bounding_box()
    assert box is not None
    corner = box["x"] + box["width"] - 4, box["y"] + box["height"] - 4
    page.mouse.move(*corner)
    page.mouse.down()
    page.mouse.move(corner[0], corner[1] + 90, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile(r"charts=accuracy,loss~\d+,lr"))

    page.reload()
    expect(page.locator("[data-chart=loss] .js-plotly-plot")).to_be_visible()
    kept = panel.bounding_box()
    assert kept is not None
    assert kept["height"] == pytest.approx(box["height"] + 90, abs=8)


def test_lines_run_through_their_points_for_those_who_want_nothing_to_move(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab)
    dashboard.page.add_init_script(f"({SHAPES_UNDER_WAY})()")
    dashboard.open("?runs=1,4,7&smooth=0.4")
    for run_id in (1, 4, 7):
        for quantity in ("accuracy", "loss"):
            dashboard.wait_for_points(run_id, f"test/{quantity}", at_least=8)
    dashboard.page.keyboard.press("s")
    dashboard.page.wait_for_url(re.compile(r"runs=1,4,7$"))

    for quantity in ("accuracy", "loss"):
        distances = dashboard.page.evaluate(OFF_THE_LINE, quantity)
        assert len(distances) == 6, "three runs, train and test"
        assert max(distances) < 1
    assert dashboard.page.evaluate("window.underWay") == []


def test_charts_and_tables_become_files(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(written_lab, "?runs=1,4")
    page = dashboard.page
    dashboard.wait_for_points(4, "test/accuracy", at_least=8)

    def saved(menu: str, item: str) -> bytes:
        page.get_by_role("button", name=menu).click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=item).click()
        return Path(download.value.path()).read_bytes()

    assert saved("More for Accuracy", "PNG image").startswith(b"\x89PNG")
    assert saved("More for Accuracy", "SVG image").startswith(b"<svg")
    points = saved("More for Accuracy", "Data (CSV)").decode().splitlines()
    assert len(points) == 1 + 2 * 2 * 8, "two runs, train and test, eight epochs"
    figure: dict[str, Any] = json.loads(saved("More for Accuracy", "Plotly figure (JSON)"))
    assert [len(trace["x"]) for trace in figure["data"]] == [8, 8, 8, 8]
