"""The main user story: launch, watch the curve grow, cancel, return to the same view."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard
from tests.lab import Lab, until


def test_a_run_launched_from_the_form_grows_live_and_the_view_survives_a_reload(
    lab: Lab, open_dashboard: OpenDashboard
) -> None:
    finished = lab.submit()
    lab.wait(finished, lambda run: run["status"] == "finished")
    dashboard = open_dashboard(lab)
    page = dashboard.page
    page.evaluate("window.neverReloaded = true")

    page.keyboard.press("n")
    form = dashboard.form
    form.locator("[data-model=cnn]").click()
    form.get_by_label("Epochs", exact=True).fill("1000")
    form.get_by_role("button", name=re.compile("More settings")).click()
    form.get_by_label("Training images", exact=True).fill("400")
    form.get_by_label("Test images", exact=True).fill("100")
    form.get_by_label("Name", exact=True).fill("grown before your eyes")
    form.get_by_role("button", name="Launch", exact=True).click()
    expect(form).to_be_hidden()

    (growing,) = (run["id"] for run in lab.client.get("/runs", params={"q": "before your eyes"}).json()["items"])
    expect(dashboard.row(growing)).to_contain_text("running")
    for key in ("train/loss", "test/loss", "train/accuracy", "test/accuracy"):
        dashboard.wait_for_points(growing, key, at_least=1)
    before = dashboard.points(growing, "test/loss")
    dashboard.wait_for_points(growing, "test/loss", at_least=before + 2)
    expect(dashboard.row(growing)).to_contain_text(re.compile(r"epoch \d+ of 1000"))

    waiting = lab.submit(epochs=500)
    expect(dashboard.row(waiting)).to_contain_text("queued")
    dashboard.cancel(waiting)
    expect(dashboard.row(waiting)).to_contain_text("cancelled")
    assert lab.run(waiting)["status"] == "cancelled"

    dashboard.eye(waiting).click()
    page.wait_for_url(re.compile("runs="))
    chosen = dashboard.chosen()
    assert chosen is not None
    assert waiting not in chosen
    assert {finished, growing} <= set(chosen)
    assert page.evaluate("window.neverReloaded") is True

    page.reload()
    expect(dashboard.eye(waiting)).to_have_attribute("aria-pressed", "false")
    assert dashboard.chosen() == chosen
    assert dashboard.shown() == sorted(chosen)
    dashboard.wait_for_points(growing, "test/loss", at_least=before + 2)
    dashboard.wait_for_points(finished, "test/loss", at_least=2)

    dashboard.cancel(growing)
    expect(dashboard.row(growing)).to_contain_text(re.compile(r"after \d+ of 1000 epochs"))


def test_several_networks_and_seeds_become_one_experiment(lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(lab, "?launch=1")
    form = dashboard.form

    form.locator("[data-model=cnn]").click()
    form.locator("[data-model=resnet20]").click()
    form.get_by_role("textbox", name="Seed").fill("0-1")
    form.get_by_label("Epochs", exact=True).fill("1")
    form.get_by_role("button", name=re.compile("More settings")).click()
    for limit in ("Training images", "Test images"):
        form.get_by_label(limit, exact=True).fill("150")
    form.get_by_role("button", name="Launch 4 runs").click()

    expect(form).to_be_hidden()
    experiment = lab.client.get("/experiments").json()["items"][0]
    assert experiment["name"] == "2 networks, 2 seeds, on digits"
    made = {(run["spec"]["model"], run["spec"]["seed"]) for run in experiment["runs"]}
    assert made == {("cnn", 0), ("cnn", 1), ("resnet20", 0), ("resnet20", 1)}
    for run in experiment["runs"]:
        lab.wait(run["id"], lambda run: run["status"] == "finished")
        dashboard.wait_for_points(run["id"], "test/accuracy", at_least=1)


def test_mistakes_are_shown_at_their_fields_in_the_servers_words(lab: Lab, open_dashboard: OpenDashboard) -> None:
    before = lab.client.get("/runs").json()["total"]
    dashboard = open_dashboard(lab, "?launch=1")
    form = dashboard.form
    form.locator("[data-model=cnn]").click()
    epochs, rate = form.get_by_label("Epochs", exact=True), form.get_by_label("Learning rate", exact=True)
    epochs.fill("5000")
    rate.fill("fast")
    form.get_by_role("button", name="Launch", exact=True).click()

    for field in (epochs, rate):
        expect(field).to_have_attribute("aria-invalid", "true")
    expect(form).to_contain_text("Must be at most 1,000.")
    expect(form).to_contain_text("Expected a number, got a string.")
    assert lab.client.get("/runs").json()["total"] == before


def test_a_new_lab_launches_the_reports_four_networks_at_one_click(own_lab: Lab, open_dashboard: OpenDashboard) -> None:
    dashboard = open_dashboard(own_lab)
    expect(dashboard.page.get_by_text("No runs yet")).to_be_visible()

    dashboard.page.get_by_role("button", name=re.compile("^Launch Plain CNN vs")).click()

    runs = until(lambda: own_lab.client.get("/runs").json()["items"], lambda runs: len(runs) == 4, seconds=10)
    assert {run["spec"]["model"] for run in runs} == {"cnn", "resnet18", "densenet", "se_resnet18_single"}
    for run in runs:
        expect(dashboard.row(run["id"])).to_be_visible()


def test_a_sort_and_an_empty_choice_are_part_of_the_link(lab: Lab, open_dashboard: OpenDashboard) -> None:
    lab.wait(lab.submit(), lambda run: run["status"] == "finished")
    dashboard = open_dashboard(lab)
    page = dashboard.page

    page.get_by_role("button", name="Best", exact=True).click()
    page.get_by_role("button", name="Hide all runs from charts").click()

    page.wait_for_url(re.compile(r"\?runs=&sort=-best$"))
    expect(page.locator("[data-chart=loss]")).to_contain_text("No runs selected")
    page.get_by_role("button", name="Reset selection").click()
    page.wait_for_url(re.compile(r"\?sort=-best$"))
    page.get_by_role("button", name="log", exact=True).click()
    page.wait_for_url(re.compile(r"\?sort=-best&log=loss$"))
    page.wait_for_function(
        "() => document.querySelector('[data-chart=loss] .js-plotly-plot')?._fullLayout.yaxis.type === 'log'"
    )
