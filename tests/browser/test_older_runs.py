"""Runs that are older than a page's first fifty: a link shows them at once, and what is open of them stays."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenDashboard
from tests.browser.dashboard import Dashboard
from tests.lab import Lab

OLDER_PAGES = re.compile(r"/api/v1/runs\?limit=\d+&cursor=")


def without_older_pages(page: Page) -> None:
    """They are requested and never answered."""
    page.route(OLDER_PAGES, lambda _: None)


def test_a_link_to_older_runs_shows_them_before_all_that_came_after(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "settings")
    without_older_pages(dashboard.page)

    dashboard.open("compare?runs=4,7")

    expect(dashboard.page.get_by_role("heading", name="Convergence", exact=True)).to_be_visible()
    dashboard.wait_for_points(4, "test/accuracy", at_least=8)


def test_what_is_written_of_an_older_run_outlives_a_new_beginning(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    page = open_dashboard(written_lab, "runs/4").page
    page.get_by_role("button", name="Edit details").click()
    note = page.get_by_label("Note", exact=True)
    note.fill("half a sentence")
    without_older_pages(page)

    # As a browser restores a page from its back/forward cache: everything is requested again.
    with page.expect_response(re.compile(r"/api/v1/runs\?limit=\d+&archived=all$")):
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")

    expect(page.get_by_role("heading", name=re.compile("^#4 "))).to_be_visible()
    expect(note).to_have_value("half a sentence")


@contextmanager
def refused(dashboard: Dashboard, request: str, address: str, wanted: str) -> Iterator[None]:
    """The page at `address` while these requests fail; at the end they are let through, and tried again by hand."""
    page = dashboard.page
    page.route(request, lambda route: route.abort())
    page.goto(f"{dashboard.url}/{address}")
    alert = page.get_by_role("alert").filter(has_text=f"Could not load {wanted}")
    expect(alert).to_be_visible()
    yield
    page.unroute(request)
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_be_hidden()
    dashboard.forget_failed_loads()


def test_curves_that_could_not_be_loaded_are_no_run_without_epochs(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "settings")
    with refused(dashboard, "**/api/v1/metrics*", "runs/4", "the curves"):
        expect(dashboard.page.get_by_text("Waiting for the first epoch")).to_be_hidden()

    dashboard.wait_for_points(4, "test/accuracy", at_least=8)


def test_a_queue_that_could_not_be_asked_for_says_so_and_is_asked_again(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "settings")
    with refused(dashboard, "**/api/v1/queue", "queue", "the queue"):
        expect(dashboard.page.get_by_text("Queue is empty")).to_be_hidden()

    expect(dashboard.page.get_by_role("region", name="Queued runs")).to_be_visible()
