"""The page and its event stream: missed events are caught up on, and the page shows the state of the connection."""

import contextlib
import re
from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenDashboard
from tests.browser.dashboard import SNAPSHOT
from tests.browser.wire import Wire
from tests.lab import Lab


@pytest.fixture
def wire(lab: Lab) -> Iterator[Wire]:
    """Named before the dashboard, whose pages are then closed before it ends."""
    wire = Wire(lab.url)
    yield wire
    wire.close()


@pytest.mark.timeout(180)
def test_a_killed_backend_leaves_no_gap_in_the_curves(own_lab: Lab, open_dashboard: OpenDashboard) -> None:
    run_id = own_lab.submit(epochs=1000, train_limit=400)
    dashboard = open_dashboard(own_lab)
    dashboard.wait_for_points(run_id, "test/loss", at_least=2)
    dashboard.page.evaluate("window.neverReloaded = true")

    for process in psutil.Process(own_lab.process.pid).children():
        with contextlib.suppress(psutil.ZombieProcess):
            if process.cmdline()[-2:] == ["-m", "backend"]:
                process.kill()
    expect(dashboard.live_state).to_contain_text(re.compile("reconnecting|offline"))
    expect(dashboard.live_state).to_have_text("live", timeout=30_000)

    behind = own_lab.wait(run_id, lambda run: run["epoch"] > 0)["epoch"]
    dashboard.wait_for_points(run_id, "test/loss", at_least=behind + 2)
    epochs = dashboard.epochs(run_id, "test/loss")
    assert epochs == list(range(1, len(epochs) + 1))
    assert dashboard.page.evaluate("window.neverReloaded") is True
    # The browser logs each failed attempt, which is what this test is about.
    dashboard.forget_failed_loads()


def test_what_failed_while_the_network_was_cut_is_asked_for_again_once_it_is_mended(
    lab: Lab, wire: Wire, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(Lab(wire.url, lab.process, lab.log), "networks/resnet20")
    other = dashboard.page.get_by_role("link", name="ResNet-56", exact=True)
    expect(other).to_be_visible()
    wire.cut()
    expect(dashboard.live_state).to_contain_text(re.compile("reconnecting|offline"))
    other.click()
    problem = dashboard.page.get_by_text("Could not load resnet56")
    expect(problem).to_be_visible(timeout=20_000)

    wire.mend()

    expect(dashboard.live_state).to_have_text("live", timeout=30_000)
    expect(problem).to_be_hidden()
    expect(dashboard.page.get_by_role("heading", name="Layers")).to_be_visible()
    dashboard.forget_failed_loads()


@pytest.mark.timeout(180)
def test_a_cut_network_is_told_and_leaves_no_gap_once_it_is_mended(
    lab: Lab, endless_run: int, wire: Wire, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(Lab(wire.url, lab.process, lab.log), f"?runs={endless_run}")
    dashboard.wait_for_points(endless_run, "test/loss", at_least=2)
    dashboard.page.evaluate("window.neverReloaded = true")

    wire.cut()
    expect(dashboard.live_state).to_contain_text(re.compile("reconnecting|offline"))
    missed = lab.run(endless_run)["epoch"] + 3
    lab.wait(endless_run, lambda run: run["epoch"] >= missed)
    wire.mend()

    expect(dashboard.live_state).to_have_text("live", timeout=30_000)
    dashboard.wait_for_points(endless_run, "test/loss", at_least=missed + 1)
    epochs = dashboard.epochs(endless_run, "test/loss")
    assert epochs == list(range(1, len(epochs) + 1))
    assert dashboard.page.evaluate("window.neverReloaded") is True
    # The browser logs each failed attempt, as above.
    dashboard.forget_failed_loads()


@pytest.mark.timeout(120)
def test_a_page_that_was_wanted_while_the_lab_was_away_comes_with_it(
    lab: Lab, wire: Wire, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(Lab(wire.url, lab.process, lab.log))
    wire.cut()
    expect(dashboard.live_state).to_contain_text(re.compile("reconnecting|offline"))
    dashboard.page.get_by_role("link", name="Queue", exact=True).click()
    expect(dashboard.page.get_by_role("alert")).to_contain_text("The server does not respond")

    wire.mend()
    expect(dashboard.page.get_by_role("heading", name="Workers")).to_be_visible(timeout=30_000)
    expect(dashboard.live_state).to_have_text("live")
    dashboard.forget_failed_loads()


def test_a_failed_request_says_what_and_offers_another_try(lab: Lab, open_dashboard: OpenDashboard) -> None:
    lab.wait(lab.submit(), lambda run: run["status"] == "finished")
    dashboard = open_dashboard(lab)
    dashboard.page.route("**/api/v1/metrics*", lambda route: route.abort())
    dashboard.page.reload()

    alert = dashboard.page.get_by_role("alert").filter(has_text="Could not load the curves")
    expect(alert).to_be_visible()
    dashboard.page.unroute("**/api/v1/metrics*")
    alert.get_by_role("button", name="Try again").click()

    expect(alert).to_be_hidden()
    dashboard.page.wait_for_function(
        "() => document.querySelector('[data-chart=loss] .js-plotly-plot')?.data.length > 0"
    )
    dashboard.forget_failed_loads()


def test_a_reset_loads_everything_again(lab: Lab, open_dashboard: OpenDashboard) -> None:
    run_id = lab.submit()
    lab.wait(run_id, lambda run: run["status"] == "finished")
    dashboard = open_dashboard(lab, f"?runs={run_id}")
    dashboard.wait_for_points(run_id, "test/loss", at_least=2)
    page = dashboard.page
    snapshots: list[str] = []
    page.on("request", lambda request: snapshots.append(request.url) if SNAPSHOT.search(request.url) else None)

    answered: set[str] = set()

    def from_another_database(route: Route) -> None:
        """A snapshot whose event the lab does not know: it answers the stream with a reset."""
        if route.request.url in answered:
            route.fallback()
            return
        answered.add(route.request.url)
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "skiplab-event-id": "999999999"})

    # Not `times=1`: with the last route the browser stops asking, and lets through what is still being answered.
    page.route(SNAPSHOT, from_another_database)

    page.reload()

    expect(dashboard.live_state).to_have_text("live")
    dashboard.wait_for_points(run_id, "test/loss", at_least=2)
    later = lab.submit()
    expect(dashboard.row(later)).to_be_visible()
    assert len(snapshots) == 2 * 2, "runs and workers that were not of this lab, and both after the reset"


def test_zoom_survives_new_points(lab: Lab, endless_run: int, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(lab, f"?runs={endless_run}")
    dashboard.wait_for_points(endless_run, "test/loss", at_least=3)
    plot = dashboard.page.locator("[data-chart=loss] .nsewdrag")
    box = plot.bounding_box()
    assert box is not None
    mouse = dashboard.page.mouse
    mouse.move(box["x"] + 60, box["y"] + 40)
    mouse.down()
    mouse.move(box["x"] + 260, box["y"] + 160, steps=5)
    mouse.up()
    x_range = "document.querySelector('[data-chart=loss] .js-plotly-plot')._fullLayout.xaxis.range.map(Number)"
    zoomed = dashboard.page.evaluate(x_range)

    dashboard.wait_for_points(endless_run, "test/loss", at_least=dashboard.points(endless_run, "test/loss") + 3)

    assert dashboard.page.evaluate(x_range) == zoomed
