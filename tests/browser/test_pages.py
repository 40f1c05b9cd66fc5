"""Each page in both themes, the address as the view, and what happens where something breaks."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PICTURES, ROOT, OpenDashboard
from tests.lab import Lab

PAGES = {
    "runs": ("?runs=1,4,7", "Accuracy"),
    "run": ("runs/4", "Accuracy"),
    "gradients": ("runs/4?tab=gradients", "First-to-last gradient ratio"),
    "classes": ("runs/4?tab=classes", "Confusion matrix (epoch 8)"),
    "mistakes": ("runs/4?tab=mistakes", "Most confident errors"),
    "layers": ("runs/4?tab=layers", "ResNet-18"),
    "config": ("runs/4?tab=config", "Settings"),
    "environment": ("runs/4?tab=environment", "Environment"),
    "load": ("runs/4?tab=load", "System load"),
    "log": ("runs/4?tab=log", "Log"),
    "files": ("runs/4?tab=files", "Files"),
    "history": ("runs/4?tab=history", "History"),
    "compare": ("compare?runs=1,4,7", "Convergence"),
    "networks": ("networks/resnet18", "ResNet-18"),
    "queue": ("queue", "Queue"),
    "settings": ("settings", "Tokens"),
    "evidence": ("evidence", "Measures"),
}
"""Addresses, and the heading of the last panel."""

LASTING = """() => document.getAnimations()
  .map((each) => each.effect.getComputedTiming().endTime).filter((end) => end > 50)"""
"""Milliseconds of what moves for longer than an eye sees."""

WINDOWS = [
    (1440, "light"),
    *(
        pytest.param(width, scheme, marks=pytest.mark.long)
        for width, scheme in ((1440, "dark"), (390, "light"), (390, "dark"))
    ),
]


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
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


def test_what_makes_no_sense_in_an_address_is_as_if_it_were_not_there(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?runs=6&q=resnet18&smooth=abc&x=bogus&group=zzz&part=both&mean=mode")
    dashboard.wait_for_points(6, "test/accuracy", at_least=8)
    expect(dashboard.row(6)).to_be_visible()
    expect(dashboard.page.locator("[data-chart=accuracy] [data-axis=x]")).to_have_text("Epoch")


def test_nothing_moves_for_those_who_asked_for_that(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "?launch=1").page
    assert page.evaluate(LASTING) == []


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
    expect(page.get_by_role("region", name="Confusion matrix (epoch 8)")).to_be_visible()
    # React logs the error, which is what this test is about.
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


def test_every_tab_of_a_run_is_among_them() -> None:
    """But for those of runs that clients log, which the written lab has none of."""
    page = (ROOT / "frontend/src/run/RunPage.tsx").read_text()
    first, *others = re.findall(r"\{ key: '(\w+)', title: [^,]+, (isLogged)?", page)
    elsewhere = (ROOT / "tests/browser/test_remote_logging.py").read_text()

    assert first == ("curves", "")
    assert {f"runs/4?tab={tab}" for tab, logged in others if not logged} <= {address for address, _ in PAGES.values()}
    assert [tab for tab, logged in others if logged and f"?tab={tab}" not in elsewhere] == []
