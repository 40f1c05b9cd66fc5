"""A short user story for each page that has none elsewhere."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenDashboard
from tests.lab import Lab, until
from tests.walkthrough.test_an_upload import pictures

DRAWN = 20_000
"""Milliseconds that a figure may take where many tests share two cores."""


@pytest.fixture
def taken_again(lab: Lab) -> Iterator[None]:
    """The lab's worker takes runs again, whatever becomes of the test."""
    yield
    for worker in lab.client.get("/workers").json()["items"]:
        lab.client.delete(f"/workers/{worker['id']}/drain")


def test_compared_runs_show_what_differs_and_which_is_best(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "compare?runs=1,4,7").page
    differences = page.get_by_role("region", name="Settings and results of the selected runs")
    expect(_row(differences, "Network")).to_be_visible()
    expect(_row(differences, "Learning rate")).to_be_visible()

    page.get_by_role("switch", name="Differences only").click()
    page.wait_for_url(re.compile("differing=1"))
    expect(_row(differences, "Learning rate")).to_be_hidden()
    expect(_row(differences, "Network")).to_be_visible()

    marked = _row(differences, "Best accuracy").locator("[data-best=true]")
    expect(marked).to_have_text(re.compile(r"^\d\d\.\d%, selected on test best$"))
    runs = [written_lab.run(run_id) for run_id in (1, 4, 7)]
    assert f"{max(run['best']['value'] for run in runs):.1%}" in marked.inner_text()
    convergence = page.get_by_role("region", name="Convergence of the selected runs")
    expect(_row(convergence, "#4 resnet18, seed 0")).to_contain_text(f"{runs[1]['best']['epoch']}, selected on test")


def test_compared_runs_that_are_not_there_are_named(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(written_lab, "compare?runs=4,70001")
    page = dashboard.page
    expect(page.get_by_text("Run 70001 is not in this lab")).to_be_visible()
    expect(page.get_by_role("heading", name="Convergence", exact=True)).to_be_visible()

    dashboard.open("compare?runs=70001,70002")
    expect(page.get_by_role("heading", name="Selected runs not found")).to_be_visible()
    expect(page.get_by_text("Runs 70001 and 70002 are not in this lab")).to_be_visible()
    dashboard.forget_failed_loads()


def test_compared_runs_have_the_room_on_a_phone_and_their_charts_a_height(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    phone = open_dashboard(written_lab, "compare?runs=1,4,7", width=390).page
    differences = phone.get_by_role("region", name="Settings and results of the selected runs")
    label = differences.get_by_role("rowheader", name="Best accuracy").bounding_box()
    assert label is not None
    assert label["width"] < 0.35 * 390
    for run in (1, 4):
        expect(differences.get_by_role("button", name=f"Remove run {run}")).to_be_in_viewport(ratio=1)

    desk = open_dashboard(written_lab, "compare?runs=1,4,7").page
    plots = [desk.locator(f"[data-chart={each}] .nsewdrag") for each in ("accuracy", "loss")]
    for plot in plots:
        expect(plot).to_be_visible()
    boxes = [box for plot in plots if (box := plot.bounding_box())]
    assert min(box["height"] for box in boxes) > 180
    assert boxes[0]["y"] == boxes[1]["y"], "side by side"


def test_compared_runs_are_held_against_what_they_cost_and_all_at_once(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    page = open_dashboard(written_lab, "compare?runs=1,4,7,10").page
    cost = page.get_by_role("combobox", name="Cost")
    _come_to(page, cost)
    cost.select_option(label="training time")
    page.wait_for_url(re.compile("cost=seconds"))
    expect(page.locator("[data-figure=cost] .xtitle")).to_have_text(re.compile("^Training time"), timeout=DRAWN)
    expect(cost).to_be_in_viewport()

    page.reload()
    _come_to(page, cost)
    expect(cost).to_have_value("seconds")
    cost.select_option(label="parameters")
    page.wait_for_url(re.compile("runs=1,4,7,10$"))

    # Drawn by the strict bundle, for the security policy lets no other make code out of text; a breach fails the test.
    parallel = page.locator("[data-figure=parallel]")
    _come_to(page, parallel)
    expect(parallel.locator("svg .axis-title").first).to_have_text("Network", timeout=DRAWN)
    assert (
        len(page.evaluate("document.querySelector('[data-figure=parallel] .js-plotly-plot').data[0].line.color")) == 4
    )


def test_figures_and_compared_tables_become_files(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "compare?runs=1,4,7").page

    def saved(button: Locator) -> list[str]:
        with page.expect_download() as download:
            button.click()
        return download.value.path().read_text().splitlines()

    buttons = page.get_by_role("button", name="CSV", exact=True)
    expect(buttons).to_have_count(2)
    expect(buttons.last).to_be_enabled()
    assert {"best", "selected_on", "model"} <= {line.partition(",")[0] for line in saved(buttons.first)}
    convergence = saved(buttons.last)
    assert convergence[0].startswith("run,name,status,epochs_to_60")
    assert len(convergence) == 1 + 3

    cost = page.get_by_role("combobox", name="Cost")
    _come_to(page, cost)
    expect(page.locator("[data-figure=cost] .js-plotly-plot")).to_be_visible(timeout=DRAWN)
    panel = page.get_by_role("region", name="Accuracy vs. cost")
    panel.get_by_role("button", name="Download the figure “Accuracy vs. cost”").click()
    points = saved(page.get_by_role("menuitem", name="Data (CSV)"))
    assert points[0].startswith("trace,x,y")
    assert any("62006," in line for line in points), "the plain network's parameters"


def test_two_networks_stand_beside_each_other(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "networks/resnet18").page

    page.get_by_role("combobox", name="Beside it").select_option(label="DenseNet, ImageNet stem")
    page.wait_for_url(re.compile(r"networks/resnet18\?beside=densenet$"))
    for name in ("ResNet-18", "DenseNet, ImageNet stem"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()

    page.reload()
    expect(page.get_by_role("heading", name="DenseNet, ImageNet stem", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_network_shows_its_one_gate_and_what_its_layers_cost(
    empty_lab: Lab, open_dashboard: OpenDashboard, width: int
) -> None:
    page = open_dashboard(empty_lab, "networks/se_resnet18_single?beside=densenet_cifar", width=width).page

    gate = page.get_by_role("img", name=re.compile(r"^The whole network: .*; mul\w* of "))
    _come_to(page, gate)
    expect(gate).to_be_visible()
    for costs in page.get_by_role("region", name="Layers").get_by_role("columnheader", name="FLOPs").all():
        costs.scroll_into_view_if_needed()
        expect(costs).to_be_in_viewport(ratio=1)


@pytest.mark.timeout(180)
def test_digits_are_seen_before_the_first_run_on_them(empty_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(empty_lab, "data/digits").page

    classes = page.get_by_role("region", name="Classes")
    expect(classes).to_contain_text("9")
    expect(classes.get_by_role("img", name="Examples of 0 (training)")).to_be_visible(timeout=90_000)
    expect(page.get_by_role("img", name=re.compile("^Training images under Crop and flip"))).to_be_visible(
        timeout=90_000
    )
    expect(page.get_by_text("not on this machine")).to_have_count(0)


@pytest.mark.timeout(180)
def test_an_uploaded_zip_becomes_a_data_set_before_your_eyes(lab: Lab, open_dashboard: OpenDashboard) -> None:
    # Pictures of the data set that is shown first are there once a worker has had it in its hands.
    lab.wait(lab.submit(), lambda run: run["status"] == "finished")
    page = open_dashboard(lab, "data/digits").page

    page.locator("input[type=file][aria-label='Choose a file']").set_input_files(
        {"name": "Shades of a Browser.zip", "mimeType": "application/zip", "buffer": pictures()}
    )
    expect(page.get_by_label("Name", exact=True)).to_have_value("shades_of_a_browser")
    page.get_by_role("button", name="Upload", exact=True).click()

    uploads = page.get_by_role("list", name="Uploads")
    # What was found is shown first, and nothing is imported before it is taken.
    expect(uploads).to_contain_text("16 training and 8 test images in 2 classes", timeout=90_000)
    uploads.get_by_role("button", name="Import", exact=True).click()
    expect(uploads).to_contain_text("Imported", timeout=90_000)
    uploads.get_by_role("link", name="shades_of_a_browser").click()
    page.wait_for_url(re.compile("/data/shades_of_a_browser"))
    expect(page.get_by_role("main")).to_contain_text("dark")
    row = page.get_by_role("table", name="Data sets").get_by_role("row", name=re.compile("shades_of_a_browser"))
    expect(row).to_contain_text("16")


def test_a_token_is_made_shown_once_and_revoked(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "settings").page

    page.get_by_label("Name", exact=True).fill("Ada's notebook")
    page.get_by_role("button", name="Create token").click()
    shown = page.get_by_role("status").filter(has_text="Token “Ada's notebook”")
    token = shown.locator("code").last.inner_text()
    assert token not in written_lab.client.get("/tokens").text
    assert [each["name"] for each in written_lab.client.get("/tokens").json()["items"]] == ["Ada's notebook"]
    shown.get_by_role("button", name="Done").click()
    expect(page.get_by_text(token)).to_be_hidden()

    page.get_by_role("button", name="Revoke Ada's notebook").click()
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("No tokens yet.")).to_be_visible()
    assert written_lab.client.get("/tokens").json()["items"] == []


@pytest.mark.usefixtures("endless_run")
def test_the_queue_page_tells_how_busy_a_run_keeps_its_machine(lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(lab, "queue").page

    working = page.get_by_role("region", name=re.compile("Worker "))
    expect(working.get_by_text(re.compile(r"CPU \d.* · \d.*B"))).to_be_visible(timeout=60_000)


@pytest.mark.usefixtures("taken_again")
@pytest.mark.timeout(180)
def test_a_drained_worker_lets_the_queue_be_put_in_order_and_goes_on(lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(lab, "queue").page

    page.get_by_role("button", name="Drain", exact=True).click()
    go_on = page.get_by_role("button", name="Resume worker")
    expect(go_on).to_be_visible()
    expect(page.get_by_role("region", name=re.compile("^Worker "))).to_contain_text("draining")
    first, second = (lab.submit(name=f"{place} in the queue", epochs=1) for place in ("first", "second"))
    queued = page.get_by_role("region", name="Queued runs").get_by_role("row").filter(has_text="in the queue")
    expect(queued).to_have_text([re.compile("first in"), re.compile("second in")])

    page.get_by_role("button", name=f"Move run {second} to top").click()
    expect(queued).to_have_text([re.compile("second in"), re.compile("first in")])
    assert [lab.run(run_id)["status"] for run_id in (first, second)] == ["queued", "queued"]

    go_on.click()
    expect(queued).to_have_count(0, timeout=60_000)
    done = [lab.wait(run_id, lambda run: run["status"] == "finished") for run_id in (first, second)]
    assert done[1]["started_at"] < done[0]["started_at"]


@pytest.mark.timeout(180)
def test_a_run_is_paused_and_goes_on_where_it_stopped(
    lab: Lab, endless_run: int, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(lab, f"runs/{endless_run}")
    page = dashboard.page
    dashboard.wait_for_points(endless_run, "test/loss", at_least=2)

    page.get_by_role("button", name="Pause", exact=True).click()
    resume = page.get_by_role("button", name="Resume", exact=True)
    expect(resume).to_be_visible(timeout=60_000)
    stopped = lab.run(endless_run)
    assert stopped["status"] == "paused"

    resume.click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible(timeout=60_000)
    dashboard.wait_for_points(endless_run, "test/loss", at_least=stopped["epoch"] + 2, seconds=60)
    epochs = dashboard.epochs(endless_run, "test/loss")
    assert epochs == list(range(1, len(epochs) + 1))


def test_what_a_tab_compares_with_and_which_epoch_it_shows_are_part_of_the_link(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    page = open_dashboard(written_lab, "runs/4?tab=config").page
    other = page.get_by_role("combobox", name="Compare with another run")
    other.select_option(index=1)
    page.wait_for_url(re.compile(r"tab=config&against=\d+$"))
    against = other.input_value()
    page.reload()
    expect(page.get_by_role("columnheader", name=f"#{against}", exact=True)).to_be_visible()

    page.get_by_role("tab", name="Classes").click()
    page.get_by_role("slider", name="Epoch").press("ArrowLeft")
    page.wait_for_url(re.compile("epoch=7"))
    page.reload()
    expect(page.get_by_role("heading", name="Confusion matrix (epoch 7)", exact=True)).to_be_visible()
    page.get_by_role("slider", name="Epoch").press("End")
    expect(page.get_by_role("heading", name="Confusion matrix (epoch 8)", exact=True)).to_be_visible()
    expect(page).not_to_have_url(re.compile("epoch="))


def test_a_link_shows_the_same_mistakes_and_the_same_rows_of_measures(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    page = open_dashboard(written_lab, "runs/4?tab=mistakes").page
    page.get_by_label("Errors shown").select_option(label="cat predicted as dog (6)")
    page.wait_for_url(re.compile("pair=3-5"))
    page.reload()
    mistakes = page.get_by_role("main").get_by_role("listitem")
    expect(mistakes).to_have_text([re.compile("predicted dog")] * 6)

    page.goto(f"{written_lab.url}/evidence")
    page.get_by_role("radiogroup", name="Rows").get_by_text("Runs", exact=True).click()
    page.wait_for_url(re.compile("rows=runs"))
    page.reload()
    expect(page.get_by_role("rowheader", name=re.compile("#4 resnet18"))).to_be_visible()


def test_what_is_sought_in_a_log_is_part_of_the_link_while_it_is_typed(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    page = open_dashboard(written_lab, "runs/4?tab=log").page
    field = page.get_by_role("searchbox", name="Search the log")

    # Slowly, and with a rest at the space: the address, which knows none at the end, must not take it away.
    field.press_sequentially("slow ", delay=60)
    page.wait_for_url(re.compile("sought=slow$"))
    field.press_sequentially("d", delay=60)
    page.wait_for_url(re.compile("sought=slow(%20|\\+)d$"))
    expect(field).to_have_value("slow d")

    page.reload()
    expect(page.get_by_role("log").locator("div[data-level]")).to_have_count(1)
    expect(field).to_have_value("slow d")


def test_a_slider_names_the_epoch_that_it_shows_however_quickly_it_is_moved(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    page = open_dashboard(written_lab, "runs/4?tab=classes").page
    slider = page.get_by_role("slider", name="Epoch")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")

    expect(page.get_by_role("heading", name="Confusion matrix (epoch 5)", exact=True)).to_be_visible()
    page.wait_for_url(re.compile("epoch=5"))
    expect(slider).to_have_attribute("aria-valuenow", "4")  # counted from 0


def test_what_is_written_of_one_run_does_not_land_on_the_next(written_lab: Lab, open_dashboard: OpenDashboard) -> None:
    page = open_dashboard(written_lab, "runs/4").page
    page.get_by_role("button", name="Edit details").click()
    page.get_by_label("Note", exact=True).fill("of run 4 alone")

    # As a notice does that is clicked: the address changes, the page stays.
    page.evaluate("history.pushState({}, '', '7')")

    expect(page.get_by_role("heading", name=re.compile("^#7 "))).to_be_visible()
    expect(page.get_by_label("Note", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Edit details").click()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("densenet, seed 0")


def _row(table: Locator, title: str) -> Locator:
    """Return the row with exactly this heading."""
    return table.get_by_role("row").filter(has=table.page.get_by_role("rowheader", name=title, exact=True))


def _come_to(page: Page, wanted: Locator) -> None:
    """Scrolls down until it is there: what is out of sight has not been asked for."""

    def reached() -> bool:
        page.evaluate("window.scrollBy(0, 400)")
        return wanted.count() > 0 and wanted.is_visible()

    until(reached, bool, seconds=20)
    wanted.scroll_into_view_if_needed()
