"""Runs that the lab's own engine did not train stand among the others, with what all runs have in common."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backend.db import metrics, submissions
from backend.db.database import Database
from backend.db.metrics import Point
from backend.db.migration import migrate
from backend.db.submissions import Submission
from backend.db.tables import RunTable, utc_now
from skiplab.contract.config import RunKind
from skiplab.contract.lifecycle import Status
from skiplab.contract.spec import RunSpec
from tests.browser.conftest import OpenDashboard
from tests.lab import Lab, running_web

CONFIG = {"lr": 0.1, "arch": {"name": "unet", "depth": [1, 2]}}
LAB, EXTERNAL, IMPORTED = 1, 2, 3


@pytest.fixture
def mixed_lab(tmp_path: Path) -> Iterator[Lab]:
    """The web process on three runs: a lab run that waits, one that a client logs, and an imported one."""
    home = tmp_path / "home"
    database = Database(f"sqlite:///{home / 'skiplab.db'}")
    migrate(database)
    with database.write() as session:
        submissions.add_all(session, [Submission(RunSpec(model="cnn", dataset="digits"), "own engine")])
        logged = RunTable(name="no-bn", kind=RunKind.EXTERNAL, config=CONFIG, status=Status.RUNNING, tags=["mine"])
        read = RunTable(name="from-tb", kind=RunKind.IMPORTED, config={}, status=Status.FINISHED)
        submissions.store(session, [logged], cause="logged by a client")
        submissions.store(session, [read], cause="imported")
        for epoch in (1, 2, 3):
            metrics.store(session, [Point.of(EXTERNAL, "test/accuracy", 10 * epoch, epoch, utc_now(), 0.2 * epoch)])
    database.close()
    with running_web(home) as lab:
        yield lab


def test_runs_of_every_kind_are_listed_compared_and_read(mixed_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(mixed_lab, "?runs=1,2,3")
    page = dashboard.page

    expect(dashboard.row(EXTERNAL)).to_contain_text("#2 · external")
    expect(dashboard.row(IMPORTED)).to_contain_text("#3 · imported")
    expect(dashboard.row(LAB)).to_contain_text("queued")
    dashboard.wait_for_points(EXTERNAL, "test/accuracy", at_least=3)

    dashboard.open("compare?runs=1,2,3")
    expect(page.get_by_role("heading", name="Config comparison")).to_be_visible()
    expect(page.get_by_role("row", name="Kind lab external imported")).to_be_visible()

    dashboard.open(f"runs/{EXTERNAL}?tab=config")
    expect(page.get_by_role("row", name="arch.name unet")).to_be_visible()
    expect(page.get_by_role("tab")).to_have_text(
        ["Charts", "Media", "Config", "Environment", "System", "Log", "Files", "History"]
    )
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    expect(page.get_by_role("button", name="Duplicate")).to_have_count(0)

    dashboard.open(f"runs/{IMPORTED}")
    expect(page.get_by_role("heading", name="#3 from-tb")).to_be_visible()


def test_a_filter_on_a_network_leaves_out_what_has_none(mixed_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(mixed_lab, "?network=cnn&group=network")

    expect(dashboard.row(LAB)).to_be_visible()
    expect(dashboard.row(EXTERNAL)).to_have_count(0)


def test_the_launch_form_does_not_take_a_run_that_it_cannot_start(
    mixed_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(mixed_lab, f"?launch=1&clone={EXTERNAL}")

    expect(dashboard.form.get_by_text("Run #2 is of kind external")).to_be_visible()
    # Without a worker nothing is on offer, which the form asks for.
    dashboard.forget_failed_loads()
