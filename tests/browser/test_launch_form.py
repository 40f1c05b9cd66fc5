"""The launch form: its words fit, it leads to what was refused, and what is chosen in it is in sight."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenDashboard
from tests.lab import Lab

CUT = """form => [...form.querySelectorAll('.mantine-Button-root')]
  .filter(button => {
    const label = button.querySelector('.mantine-Button-label')
    return label.scrollWidth > label.clientWidth || button.clientHeight < 16
  })
  .map(button => button.innerText)"""
"""Buttons whose words do not fit into them."""


@pytest.mark.parametrize("width", [1440, 390])
def test_each_button_of_the_form_shows_its_words(lab: Lab, open_dashboard: OpenDashboard, width: int) -> None:
    form = open_dashboard(lab, "?launch=1", width=width).form
    form.get_by_role("button", name="Plain or residual: depth 20 and 56").click()
    expect(form.get_by_role("button", name="Launch 20 runs")).to_be_visible()
    expect(form.get_by_text(re.compile("^(No estimate yet|About)"))).to_be_visible()
    assert form.evaluate(CUT) == []

    form.get_by_role("button", name=re.compile("More settings")).click()
    expect(form.get_by_role("button", name="Fewer settings")).to_be_visible()
    assert form.evaluate(CUT) == []


def _message_at(form: Locator, label: str) -> Locator:
    """That a number was expected, at the field of this name."""
    field = form.locator(".mantine-TextInput-root").filter(has=form.page.get_by_label(label, exact=True))
    return field.get_by_text("Expected a number")


@pytest.mark.parametrize("width", [1440, 390])
def test_what_was_refused_is_led_to_also_behind_the_fold_and_its_message_goes_when_it_is_put_right(
    lab: Lab, open_dashboard: OpenDashboard, width: int
) -> None:
    form = open_dashboard(lab, "?launch=1", width=width).form
    form.locator("[data-model=cnn]").click()
    fold = form.get_by_role("button", name=re.compile("settings"))
    fold.click()
    images = form.get_by_label("Training images", exact=True)
    images.fill("few")
    fold.click()
    expect(images).to_be_hidden()
    form.get_by_role("button", name="Launch", exact=True).click()

    expect(images).to_be_focused()
    expect(images).to_be_in_viewport(ratio=1)
    message = _message_at(form, "Training images")
    expect(message).to_be_in_viewport(ratio=1)
    images.fill("100")
    expect(message).to_be_hidden()
    expect(form.get_by_text(re.compile("^Couldn.t launch"))).to_be_hidden()
    expect(images).to_be_focused()

    seeds = form.get_by_role("textbox", name="Seed")
    images.fill("few")
    seeds.fill("a")
    images.press("Enter")
    expect(seeds).to_be_focused()
    expect(seeds).to_be_in_viewport(ratio=1)
    seeds.fill("1, 1")
    expect(_message_at(form, "Seed")).to_be_hidden()
    expect(message).to_be_visible()


def test_too_many_seeds_are_told_at_their_field_and_not_launched(lab: Lab, open_dashboard: OpenDashboard) -> None:
    before = lab.client.get("/runs").json()["total"]
    form = open_dashboard(lab, "?launch=1").form
    for model in ("cnn", "resnet20"):
        form.locator(f"[data-model={model}]").click()
    seeds = form.get_by_role("textbox", name="Seed")
    seeds.fill("0-100000")
    refusal = form.get_by_text("A launch takes at most 500 runs, and each seed makes 2: at most 250 seeds.")
    expect(refusal).to_be_visible()
    expect(form).not_to_contain_text(re.compile("[0-9],[0-9]{3} (seeds|runs)"))

    form.get_by_role("button", name="Launch", exact=True).click()
    expect(seeds).to_be_focused()
    assert lab.client.get("/runs").json()["total"] == before
    seeds.fill("0-249")
    expect(refusal).to_be_hidden()
    expect(form.get_by_role("button", name="Launch 500 runs")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_networks_that_a_preset_or_a_clone_chooses_are_in_sight(
    lab: Lab, open_dashboard: OpenDashboard, width: int
) -> None:
    dashboard = open_dashboard(lab, "?launch=1", width=width)
    form = dashboard.form
    form.get_by_role("button", name="Plain or residual: depth 20 and 56").click()
    expect(form.locator("[aria-checked=true]").first).to_be_in_viewport(ratio=1)
    expect(form.get_by_text("Selected: Plain-20 · Plain-56 · ResNet-20 · ResNet-56")).to_be_visible()

    cloned = lab.submit(model="resnet56")
    lab.client.post(f"/runs/{cloned}/cancel")
    dashboard.open(f"?launch=1&clone={cloned}")
    card = form.locator("[data-model=resnet56]")
    expect(card).to_have_attribute("aria-checked", "true")
    expect(card).to_be_in_viewport(ratio=1)
    expect(card).to_be_focused()
