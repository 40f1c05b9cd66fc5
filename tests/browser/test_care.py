"""Careful behaviour of the page: no claims beyond the data, confirmations before data is lost, retries when busy."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Request, Route, expect

from tests.browser.conftest import OpenDashboard
from tests.browser.dashboard import SNAPSHOT
from tests.lab import Lab, until


def test_nothing_is_claimed_while_the_lab_does_not_answer(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(written_lab)
    page = dashboard.page
    page.route(SNAPSHOT, lambda route: route.abort())

    page.goto(f"{written_lab.url}/queue")
    expect(page.get_by_role("alert").filter(has_text="Could not load the workers")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="Could not load the queue")).to_be_visible()
    expect(page.get_by_text("No workers online")).to_be_hidden()
    expect(page.get_by_text("Queue is empty")).to_be_hidden()

    page.goto(f"{written_lab.url}/compare?runs=1,4")
    expect(page.get_by_role("alert").filter(has_text="Could not load the runs")).to_be_visible()

    page.goto(f"{written_lab.url}/runs/4")
    alert = page.get_by_role("alert").filter(has_text="Could not load run 4")
    expect(alert).to_be_visible()
    page.unroute(SNAPSHOT)
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="#4 resnet18, seed 0")).to_be_visible()
    dashboard.forget_failed_loads()


def test_a_run_that_could_not_be_asked_for_is_not_a_page_that_is_missing(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab)
    page = dashboard.page
    single = re.compile("/api/v1/runs/99999$")
    page.route(single, lambda route: route.abort())
    dashboard.open("runs/99999")
    alert = page.get_by_role("alert").filter(has_text="Could not load run 99999")
    expect(alert).to_be_visible()
    expect(page.get_by_text("There is no run 99999")).to_be_hidden()

    page.unroute(single)
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("There is no run 99999")).to_be_visible()
    dashboard.forget_failed_loads()


def test_a_link_into_the_form_begins_with_the_run_that_it_names(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?launch=1&clone=5")
    spec = written_lab.run(5)["spec"]
    form = dashboard.form
    expect(form.locator(f"[data-model={spec['model']}]")).to_have_attribute("aria-checked", "true")
    expect(form.get_by_role("textbox", name="Seed")).to_have_value(str(spec["seed"]))
    expect(form.get_by_label("Epochs", exact=True)).to_have_value(str(spec["epochs"]))

    dashboard.open("?launch=1&clone=99999")
    expect(form.get_by_text("Run #99999 was not found")).to_be_visible()
    dashboard.forget_failed_loads()


@pytest.mark.timeout(240)
def test_what_deletes_or_touches_many_asks_first(lab: Lab, open_dashboard: OpenDashboard) -> None:
    first, second = lab.submit(), lab.submit()
    for run_id in (first, second):
        lab.wait(run_id, lambda run: run["status"] == "finished")
    dashboard = open_dashboard(lab, f"?runs={first},{second}")
    page = dashboard.page
    many = page.get_by_role("button", name="Bulk actions")
    question = page.get_by_role("alertdialog")

    many.click()
    expect(page.get_by_role("menuitem", name="Cancel active runs")).to_be_disabled()
    page.get_by_role("menuitem", name="Archive", exact=True).click()
    expect(question).to_contain_text("Archive 2 runs?")
    question.get_by_role("button", name="Cancel", exact=True).click()
    expect(question).to_be_hidden()
    expect(many).to_be_focused()
    assert not lab.run(first)["archived"]

    many.click()
    page.get_by_role("menuitem", name="Archive", exact=True).click()
    question.get_by_role("button", name="Archive 2 runs").click()
    expect(dashboard.row(first)).to_be_hidden()

    dashboard.open("?archived=1")
    more = dashboard.row(first).get_by_role("button", name=re.compile("^More for run"))
    more.click()
    expect(page.get_by_role("menu")).to_be_visible()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    more.click()
    page.get_by_role("menuitem", name="Delete permanently").click()
    expect(question).to_contain_text("permanently?")
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(more).to_be_focused()
    assert lab.client.get(f"/runs/{first}").status_code == 200

    more.click()
    page.get_by_role("menuitem", name="Delete permanently").click()
    question.get_by_role("button", name="Delete run").click()
    expect(dashboard.row(first)).to_be_hidden()
    assert until(lambda: lab.client.get(f"/runs/{first}").status_code, lambda status: status == 404, seconds=10)


@pytest.mark.timeout(240)
def test_starting_again_asks_before_it_deletes_what_was_measured(
    lab: Lab, endless_run: int, open_dashboard: OpenDashboard
) -> None:
    lab.wait(endless_run, lambda run: run["epoch"] >= 2)
    lab.client.post(f"/runs/{endless_run}/pause")
    lab.wait(endless_run, lambda run: run["status"] == "paused")
    page = open_dashboard(lab, f"runs/{endless_run}").page

    page.get_by_role("button", name="Retry").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text(re.compile(r"The metrics of \d+ epochs are deleted"))
    question.get_by_role("button", name="Cancel").click()
    assert lab.run(endless_run)["status"] == "paused"

    page.get_by_role("button", name="Retry").click()
    question.get_by_role("button", name="Restart").click()
    lab.wait(endless_run, lambda run: run["status"] in ("queued", "running") and run["attempt"] == 2)


def test_a_write_that_found_the_lab_busy_is_tried_again(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(written_lab, "queue")
    page = dashboard.page
    rows = page.get_by_role("region", name="Queued runs").locator("tbody tr:not([aria-hidden])")
    # Before all pages of runs are there, a later one stands first.
    expect(rows.first).to_contain_text("waiting, seed 0")
    first, second = (rows.nth(place).get_by_role("link").inner_text() for place in (0, 1))

    page.route("**/move", once_busy())
    rows.nth(1).get_by_role("button", name=re.compile("to top$")).click()

    expect(rows.first).to_contain_text(second)
    expect(page.get_by_text("Could not")).to_be_hidden()
    number = re.match(r"#(\d+)", first)
    assert number is not None
    written_lab.client.post(f"/runs/{number[1]}/move", json={"to": "front"})
    expect(rows.first).to_contain_text(first)
    # The browser's own word on the first answer; that is what this test is about.
    dashboard.forget_failed_loads()


def once_busy() -> Callable[[Route], None]:
    answers = iter([503])

    def answer(route: Route) -> None:
        if next(answers, None) is None:
            route.fallback()
            return
        problem = {"type": "about:blank", "title": "Busy", "status": 503, "detail": "The database is busy."}
        route.fulfill(status=503, json=problem, headers={"Retry-After": "1"}, content_type="application/problem+json")

    return answer


def test_a_page_out_of_the_browsers_cache_is_live_again(lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(lab)
    page = dashboard.page
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    meanwhile = lab.submit()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(dashboard.row(meanwhile)).to_be_visible()
    later = lab.submit()
    expect(dashboard.row(later)).to_be_visible()


@pytest.mark.timeout(240)
def test_figures_of_a_run_that_trains_follow_it_one_answer_at_a_time(
    lab: Lab, endless_run: int, open_dashboard: OpenDashboard
) -> None:
    lab.wait(endless_run, lambda run: run["epoch"] >= 1)
    dashboard = open_dashboard(lab)
    page = dashboard.page
    events: list[tuple[str, Request]] = []
    for name in ("request", "requestfinished", "requestfailed"):
        page.on(name, lambda request, name=name: _note(events, name, request))
    dashboard.open(f"runs/{endless_run}?tab=classes")
    drawn = "document.querySelector('[data-figure=class-accuracy] .js-plotly-plot')?.data[0].x.length ?? 0"
    page.wait_for_function(f"() => ({drawn}) > 0")
    before = page.evaluate(drawn)
    page.wait_for_function(f"() => ({drawn}) > {before}")
    page.wait_for_timeout(5000)

    assert "requestfailed" not in [name for name, _ in events], "an answer that was waited for and thrown away"
    under_way = 0
    for name, _ in events:
        under_way += 1 if name == "request" else -1
        assert under_way <= 1
    # By the browser's own clock: two followers of one figure had asked in turns.
    begun = [request.timing["startTime"] for name, request in events if name == "requestfinished"]
    assert len(begun) >= 3, "it follows"
    assert all(later - earlier >= 2000 for earlier, later in pairwise(begun))


def _note(events: list[tuple[str, Request]], name: str, request: Request) -> None:
    if "/figures/class-accuracy?" in request.url:
        events.append((name, request))


def test_the_window_is_called_after_its_page(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(written_lab, "queue")
    expect(dashboard.page).to_have_title("Queue · Skiplab")
    dashboard.open("runs/4")
    expect(dashboard.page).to_have_title("#4 resnet18, seed 0 · Skiplab")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_name_without_a_space_leaves_what_stands_beside_it_in_sight(
    written_lab: Lab, open_dashboard: OpenDashboard, width: int
) -> None:
    first = written_lab.client.get("/queue").json()["items"][0]
    before = written_lab.run(first)["name"]
    written_lab.client.patch(f"/runs/{first}", json={"name": "x" * 200})
    dashboard = open_dashboard(written_lab, f"runs/{first}", width=width)
    page = dashboard.page

    for name in ("Pause", "Duplicate", re.compile(f"^Cancel run {first},")):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)

    dashboard.open("queue")
    link = page.get_by_role("link", name=re.compile("x{200}")).bounding_box()
    up = page.get_by_role("button", name=f"Move run {first} up").bounding_box()
    assert link is not None
    assert up is not None
    assert link["x"] + link["width"] <= up["x"]
    written_lab.client.patch(f"/runs/{first}", json={"name": before})


def test_an_archived_run_says_so(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    written_lab.client.patch("/runs/12", json={"archived": True})
    page = open_dashboard(written_lab, "runs/12").page

    expect(page.get_by_role("main").get_by_text("archived", exact=True)).to_be_visible()

    written_lab.client.patch("/runs/12", json={"archived": False})
    expect(page.get_by_role("main").get_by_text("archived", exact=True)).to_have_count(0)


def test_an_address_that_leads_nowhere_has_the_way_to_the_pages(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "no/where")

    expect(dashboard.page.get_by_text("There is no such page")).to_be_visible()
    dashboard.page.get_by_role("link", name="All runs").click()
    expect(dashboard.page.locator("[data-run]").first).to_be_visible()
    dashboard.forget_failed_loads()
