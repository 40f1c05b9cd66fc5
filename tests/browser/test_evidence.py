"""The evidence page: verdicts on an experiment, what they rest on, and what is missing at one click."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backend.db.database import Database
from backend.db.migration import migrate
from tests.browser.conftest import PICTURES, OpenDashboard
from tests.browser.judged import judged
from tests.lab import Lab, running_web

FIGURES = (
    *("forest", "curves", "targets", "cost", "confusion-difference"),
    *("gap", "gradient-ratio", "gradients", "update-ratio"),
)
"""In their order on the page."""

BUILT = 20_000
"""Milliseconds that a figure may take where many tests share two cores."""

BROKEN = 'key = "mine"\ntitle = "Mine"\nclaims = []\n'


@pytest.fixture(scope="module")
def judged_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A web process whose first experiment has been trained, with a file of own claims that has a slip."""
    home = tmp_path_factory.mktemp("judged-lab") / "home"
    (home / "claims").mkdir(parents=True)
    (home / "claims" / "mine.toml").write_text(BROKEN)
    database = Database(f"sqlite:///{home / 'skiplab.db'}")
    migrate(database)
    judged(database)
    database.close()
    with running_web(home) as lab:
        yield lab


@pytest.mark.timeout(180)
def test_claims_are_judged_explained_and_what_is_missing_is_launched_at_one_click(
    judged_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(judged_lab)
    page = dashboard.page
    page.get_by_role("link", name="Evidence").click()

    claim = page.locator("[data-claim='report.C5']")
    expect(claim).to_contain_text("supported")
    expect(page.locator("[data-claim='report.C11']")).to_contain_text("untested")
    expect(page.get_by_text("mine.toml")).to_be_visible()
    expect(page.get_by_label("Target accuracy")).to_have_attribute("placeholder", "60%")

    claim.get_by_role("button", name=re.compile("^C5")).click()
    page.wait_for_url(re.compile(r"claim=report\.C5"))
    comparison = page.get_by_role("region", name="resnet18 vs. cnn")
    expect(comparison).to_contain_text("best test accuracy")
    expect(comparison).to_contain_text("First analysis, \N{GREEK SMALL LETTER ALPHA} = 0.05.")
    expect(comparison.get_by_role("list", name="Fairness")).to_contain_text("selected on the test set")
    expect(comparison.get_by_role("link", name="#1", exact=True)).to_be_visible()
    comparison.scroll_into_view_if_needed()
    expect(comparison.locator("[data-figure=curves] .js-plotly-plot")).to_be_visible(timeout=BUILT)

    page.reload()
    expect(comparison).to_be_visible()
    claim.get_by_role("button", name=re.compile("^C5")).click()
    expect(comparison).to_be_hidden()

    c12 = page.locator("[data-claim='report.C12']")
    c12.get_by_role("button", name=re.compile("^C12")).click()
    details = page.locator("[data-claim='report.C12'] + tr")
    expect(details).to_contain_text("se_resnet18_single: seeds 0 to 4")
    details.get_by_role("button", name="Launch 5 runs").click()

    expect(details).to_contain_text("not finished yet")
    launched = [run for run in judged_lab.client.get("/experiments/1").json()["runs"] if run["status"] == "queued"]
    assert {(run["spec"]["model"], run["spec"]["train_limit"]) for run in launched} == {("se_resnet18_single", 5000)}
    for run in launched:
        judged_lab.client.post(f"/runs/{run['id']}/cancel")


def test_measures_go_into_the_table_of_runs_and_into_a_file(judged_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(judged_lab, "?columns=gap_at_end,epochs_to_target&target=0.5")
    row = dashboard.row(4)
    expect(row.locator("[data-column=gap_at_end]")).to_have_text(re.compile(r"\d+\.\d+ pp"))
    expect(row.locator("[data-column=epochs_to_target]")).to_have_text(re.compile(r"^\d"))

    dashboard.open("evidence/1?target=0.5")
    with dashboard.page.expect_download() as download:
        dashboard.page.get_by_role("link", name="CSV").click()
    assert "gap_at_end" in Path(download.value.path()).read_text().splitlines()[0]


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1440, "light"),
        (390, "dark"),
        pytest.param(1440, "dark", marks=pytest.mark.long),
        pytest.param(390, "light", marks=pytest.mark.long),
    ],
)
@pytest.mark.timeout(180)
def test_the_evidence_page_fits(judged_lab: Lab, open_dashboard: OpenDashboard, width: int, scheme: str) -> None:
    dashboard = open_dashboard(judged_lab, "evidence/1?claim=report.C4", width=width, scheme=scheme)
    page = dashboard.page
    figures = page.get_by_role("region", name="Figures")
    for place, kind in enumerate(FIGURES):
        figures.locator("> div").nth(place).scroll_into_view_if_needed()
        expect(figures.locator(f"[data-figure={kind}] .js-plotly-plot")).to_be_visible(timeout=BUILT)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=PICTURES / f"evidence-{width}-{scheme}.png", full_page=True)

    assert dashboard.overflow() <= 0
    assert dashboard.accessibility_problems() == []
