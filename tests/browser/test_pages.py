"""Each page in both themes, the address as the view, the keys, files, and what happens where something breaks."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PICTURES, OpenDashboard
from tests.lab import Lab

PLOT = "document.querySelector('[data-chart=accuracy] .js-plotly-plot')"
WHOLE_AXIS = f"() => {PLOT}.layout.xaxis.autorange"

PAGES = {
    "runs": ("?runs=1,4,7", "Accuracy"),
    "run": ("runs/4", "Accuracy"),
    "gradients": ("runs/4?tab=gradients", "First block against last"),
    "classes": ("runs/4?tab=classes", "Classes in epoch 8"),
    "mistakes": ("runs/4?tab=mistakes", "Surest mistakes"),
    "layers": ("runs/4?tab=layers", "ResNet-18"),
    "config": ("runs/4?tab=config", "Settings"),
    "environment": ("runs/4?tab=environment", "Environment"),
    "load": ("runs/4?tab=load", "Load"),
    "log": ("runs/4?tab=log", "Log"),
    "files": ("runs/4?tab=files", "Files"),
    "history": ("runs/4?tab=history", "History"),
    "compare": ("compare?runs=1,4,7", "Convergence"),
    "networks": ("networks/resnet18", "ResNet-18"),
    "queue": ("queue", "Queue"),
    "settings": ("settings", "Tokens"),
    "evidence": ("evidence", "Measures"),
}
"""Addresses, and the heading of the panel that comes last."""

FOCUS = """() => {
  const found = document.activeElement
  if (found === document.body) return null
  // A checkbox or a slider may show it on what is drawn in its place, and a field by the colour of its border.
  const looks = () => [found, found.nextElementSibling, found.parentElement].filter(Boolean).map((each) => {
    const {outlineStyle, outlineColor, borderColor, boxShadow} = getComputedStyle(each)
    return outlineStyle === 'none' ? [borderColor, boxShadow] : [outlineStyle, outlineColor, borderColor, boxShadow]
  })
  const focused = JSON.stringify(looks())
  found.blur()
  const plain = JSON.stringify(looks())
  found.focus({focusVisible: true, preventScroll: true})
  return {name: found.getAttribute('aria-label') ?? found.textContent.trim(), visible: focused !== plain}
}"""

LASTING = """() => document.getAnimations()
  .map((each) => each.effect.getComputedTiming().endTime).filter((end) => end > 50)"""
"""Milliseconds of what moves for longer than an eye sees."""

OFF_THE_LINE = """quantity => {
  const traces = [...document.querySelectorAll(`[data-chart=${quantity}] .scatterlayer .trace`)]
  return traces.filter((trace) => trace.querySelector('.js-line') && trace.querySelector('.point')).map((trace) => {
    const line = trace.querySelector('.js-line')
    const end = line.getPointAtLength(line.getTotalLength()).matrixTransform(line.getScreenCTM())
    const last = [...trace.querySelectorAll('.point')].at(-1).getBoundingClientRect()
    return Math.hypot(end.x - last.x - last.width / 2, end.y - last.y - last.height / 2)
  })
}"""
"""How far the end of each line is from the middle of its last marker, in pixels."""

SHAPES_UNDER_WAY = """() => {
  window.underWay = []
  document.addEventListener('transitionrun', ({target, propertyName}) => {
    if (target.closest('svg')) window.underWay.push(`${propertyName} of a ${target.localName}`)
  }, true)
}"""
"""Counts the shapes of drawings that are shown anywhere but where they were put, be it for one frame."""

TABS = 60
"""Enough to walk through a page with one run in its table."""


LOOKS = [
    (1440, "light"),
    *(
        pytest.param(width, scheme, marks=pytest.mark.long)
        for width, scheme in ((1440, "dark"), (390, "light"), (390, "dark"))
    ),
]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.timeout(300)
def test_every_page_fits_and_axe_finds_nothing_serious_on_it(
    written_lab: Lab, open_dashboard: OpenDashboard, width: int, scheme: str
) -> None:
    dashboard = open_dashboard(written_lab, width=width, scheme=scheme)
    problems: dict[str, list[str]] = {}
    for name, (address, heading) in PAGES.items():
        dashboard.open(address)
        expect(dashboard.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        expect(dashboard.page.locator(".mantine-Skeleton-root")).to_have_count(0)
        dashboard.page.screenshot(path=PICTURES / f"page-{name}-{width}-{scheme}.png", full_page=width < 600)
        problems[name] = dashboard.accessibility_problems()
        assert dashboard.overflow() <= 0, name

    assert {name: found for name, found in problems.items() if found} == {}


def test_the_address_is_the_view_and_back_undoes_each_step(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(written_lab, "?runs=1,4&x=images&smooth=0.4&q=resnet18")
    page = dashboard.page
    dashboard.wait_for_points(4, "test/accuracy", at_least=8)
    home, drawn = page.url, dashboard.traces("accuracy")

    page.get_by_role("button", name="Maximise Accuracy").click()
    page.wait_for_url(re.compile("max=accuracy"))
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.url == home

    dashboard.row(4).get_by_role("link", name="resnet18, seed 0").click()
    page.get_by_role("tab", name="History").click()
    page.wait_for_url(re.compile(r"/runs/4\?.*tab=history"))
    page.go_back()
    expect(dashboard.row(4)).to_be_visible()
    assert page.url == home

    elsewhere = open_dashboard(written_lab, home.removeprefix(f"{written_lab.url}/"))
    elsewhere.wait_for_points(4, "test/accuracy", at_least=8)
    assert elsewhere.traces("accuracy") == drawn


def test_charts_and_tables_become_files(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(written_lab, "?runs=1,4")
    page = dashboard.page
    dashboard.wait_for_points(4, "test/accuracy", at_least=8)

    def saved(menu: str, item: str) -> bytes:
        page.get_by_role("button", name=menu).click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=item).click()
        return Path(download.value.path()).read_bytes()

    assert saved("More for Accuracy", "Picture (PNG)").startswith(b"\x89PNG")
    assert saved("More for Accuracy", "Picture (SVG)").startswith(b"<svg")
    points = saved("More for Accuracy", "All points (CSV)").decode().splitlines()
    assert len(points) == 1 + 2 * 2 * 8, "two runs, train and test, eight epochs"
    figure: dict[str, Any] = json.loads(saved("More for Accuracy", "Plotly figure (JSON)"))
    assert [len(trace["x"]) for trace in figure["data"]] == [8, 8, 8, 8]


def test_everything_is_reached_by_keys_and_seen_to_be(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(written_lab, "?runs=6&q=resnet18")
    page = dashboard.page
    dashboard.wait_for_points(6, "test/accuracy", at_least=8)
    wanted = {
        "Skip to the charts",
        "Runs",
        "Queue",
        "Search the runs",
        "Filters",
        "Show run 6, resnet18, seed 2, in the charts",
        "Smoothing",
        "Maximise Loss",
        "More for Loss",
    }

    reached, unseen = set(), []
    for _ in range(TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None:
            continue  # past the last one, before the first one again
        reached.add(focus["name"])
        if not focus["visible"]:
            unseen.append(focus["name"])
    assert wanted - reached == set()
    assert unseen == []

    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(dashboard.eye(6)).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="#6 resnet18, seed 2")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url(re.compile("/queue"))
    page.keyboard.press("n")
    expect(dashboard.form).to_be_visible()
    page.keyboard.press("Escape")
    expect(dashboard.form).to_be_hidden()


def test_the_first_stop_of_tab_leads_past_the_header_and_the_table(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?runs=6&q=resnet18")
    page = dashboard.page
    for address, name, first in (
        ("?runs=6&q=resnet18", "Skip to the charts", "Over"),
        ("runs/6", "Skip to the content", "Clone"),
    ):
        dashboard.open(address)
        dashboard.wait_for_points(6, "test/accuracy", at_least=8)
        view = page.url
        skip = page.get_by_role("link", name=name)
        box = skip.bounding_box()
        assert box is not None
        assert box["width"] <= 1, "out of sight"
        page.keyboard.press("Tab")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport(ratio=1)
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("combobox" if first == "Over" else "button", name=first)).to_be_focused()
        assert page.url == view


def test_the_row_that_the_keys_come_to_has_its_curves_stand_out_until_escape(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?runs=5,6&q=resnet18")
    page = dashboard.page
    dashboard.wait_for_points(6, "test/accuracy", at_least=8)
    dimmed = page.locator("[data-dim=true]")
    expect(dimmed).to_have_count(0)

    page.keyboard.press("j")
    expect(dashboard.row(6)).to_have_attribute("data-cursor", "true")
    expect(dimmed).to_have_text(["ResNet-18 · seed 1"])
    page.keyboard.press("j")
    expect(dimmed).to_have_text(["ResNet-18 · seed 2"])
    page.keyboard.press("x")
    expect(dimmed).to_have_count(0)
    page.keyboard.press("x")
    expect(dimmed).to_have_text(["ResNet-18 · seed 2"])
    page.keyboard.press("Escape")
    expect(dimmed).to_have_count(0)
    expect(dashboard.row(5)).to_have_attribute("data-cursor", "false")


def test_keys_press_what_has_the_focus_and_reach_nothing_behind_a_dialog(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?runs=6&q=resnet18")
    page = dashboard.page
    dashboard.wait_for_points(6, "test/accuracy", at_least=8)
    page.keyboard.press("j")
    expect(dashboard.row(6)).to_have_attribute("data-cursor", "true")

    dashboard.eye(5).focus()
    page.keyboard.press("Enter")
    expect(dashboard.eye(5)).to_have_attribute("aria-pressed", "true")
    page.wait_for_url(re.compile("runs=5,6&q=resnet18$"))

    page.keyboard.press("n")
    dashboard.form.get_by_role("button", name="Close the form").focus()
    address = page.url
    for key in ("j", "x", "s", "l", "g", "q"):
        page.keyboard.press(key)
    expect(dashboard.form).to_be_visible()
    assert page.url == address
    page.keyboard.press("Enter")
    expect(dashboard.form).to_be_hidden()
    expect(dashboard.row(6)).to_have_attribute("data-cursor", "true")
    assert page.url.endswith("?runs=5,6&q=resnet18")

    page.get_by_role("button", name="Maximise Loss").click()
    page.keyboard.press("l")
    page.wait_for_url(re.compile("log=loss.*max=loss"))


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


def test_keys_begin_at_the_first_network_also_where_the_form_was_there_before_the_networks(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "settings")
    asked: list[Route] = []
    dashboard.page.route("**/api/v1/models", lambda route: asked.append(route))
    dashboard.open("?launch=1")
    close = dashboard.form.get_by_role("button", name="Close the form")
    expect(close).to_be_focused()

    assert asked
    for route in asked:
        route.continue_()
    expect(dashboard.form.locator("[data-model]").first).to_be_focused()


def test_nothing_moves_for_those_who_asked_for_that(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "?launch=1").page
    assert page.evaluate(LASTING) == []


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


def test_numbers_are_written_as_the_reader_writes_them(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    german = open_dashboard(written_lab, "?q=resnet18", locale="de-DE")
    expect(german.row(4).locator("[data-column=best]")).to_contain_text(re.compile(r"\d,\d\s%"))
    expect(german.page.get_by_text("3 of 1.012")).to_be_visible()


def test_a_panel_that_breaks_breaks_alone(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    def nonsense(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "counts": [None]})

    dashboard = open_dashboard(written_lab)
    page = dashboard.page
    page.route("**/confusion*", nonsense)
    dashboard.open("runs/4?tab=classes")

    broken = page.get_by_role("alert").filter(has_text="broke")
    expect(broken).to_be_visible()
    expect(page.get_by_role("heading", name="#4 resnet18, seed 0")).to_be_visible()
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("submitted")

    page.unroute("**/confusion*")
    page.reload()
    page.get_by_role("tab", name="Classes").click()
    expect(page.get_by_role("region", name="What each class was taken for")).to_be_visible()
    # React tells the console of the error; that is what this test is about.
    dashboard.complaints.clear()


def test_the_newest_experiment_is_judged_and_nothing_else_before_it(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab)
    asked: list[str] = []
    dashboard.page.on(
        "request", lambda request: asked.append(request.url) if "/api/v1/evidence?" in request.url else None
    )
    dashboard.open("evidence")
    expect(dashboard.page.get_by_role("heading", name="Measures", exact=True)).to_be_visible()

    assert [url.partition("?")[2] for url in asked] == ["experiment=1"]


def test_charts_that_lost_their_last_run_show_all_of_the_next_one(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?runs=6&q=resnet18")
    page = dashboard.page
    dashboard.wait_for_points(6, "test/accuracy", at_least=8)
    for _ in range(2):
        dashboard.eye(6).click()
        page.wait_for_function(f"() => {PLOT}.data.length === 0")
        dashboard.eye(6).click()
        dashboard.wait_for_points(6, "test/accuracy", at_least=8)
        assert page.evaluate(WHOLE_AXIS) is True
        low, high = page.evaluate(f"() => {PLOT}.layout.xaxis.range")
        assert (low <= 1, high >= 8) == (True, True)


def test_pointing_at_a_chart_compares_all_runs_at_one_epoch(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(written_lab, "?runs=5,6&q=resnet18")
    page = dashboard.page
    dashboard.wait_for_points(6, "test/accuracy", at_least=8)
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
    box = card.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    page.mouse.move(plot["x"] - 300, plot["y"] - 20)
    expect(card).to_be_hidden()


def test_what_the_filters_take_from_the_table_they_take_from_the_charts(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?runs=1,4,6")
    page = dashboard.page
    key = page.get_by_role("list", name="Runs in the charts").get_by_role("listitem")
    expect(key).to_have_count(3)
    page.get_by_role("searchbox").fill("resnet18 2")
    expect(key).to_have_text(["ResNet-18"])
    page.get_by_role("searchbox").fill("nothing of the kind")
    expect(page.get_by_text("The filters leave none of the chosen runs.").first).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(key).to_have_count(3)
    page.wait_for_url(re.compile(r"\?runs=1,4,6$"))

    dashboard.open("?network=resnet18")
    expect(key).to_have_text([f"ResNet-18 · seed {seed}" for seed in range(3)])


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


def test_what_makes_no_sense_in_an_address_is_as_if_it_were_not_there(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?runs=6&q=resnet18&smooth=abc&x=bogus&group=zzz&part=both&mean=mode")
    dashboard.wait_for_points(6, "test/accuracy", at_least=8)
    expect(dashboard.row(6)).to_be_visible()
    expect(dashboard.page.locator("[data-chart=accuracy] [data-axis=x]")).to_have_text("Epoch")
