"""A thousand runs in one table."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import MANY, OpenDashboard
from tests.lab import Lab

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

    page.get_by_role("searchbox", name="Search the runs").fill("seed 77")
    expect(dashboard.row(TRAINED + 78)).to_be_visible()
    page.wait_for_url(re.compile(r"q=seed(\+|%20)77"))
    expect(dashboard.row(MANY + TRAINED)).to_be_hidden()
