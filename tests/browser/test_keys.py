"""Everything by keys: what Tab reaches, the keys of the page, and what they leave alone."""

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenDashboard, OpenDrawn
from tests.lab import Lab

FOCUS = """() => {
  const found = document.activeElement
  if (found === document.body) return null
  // A checkbox or a slider may show it on what is drawn in its place, and a field by the colour of its border.
  const styles = () => [found, found.nextElementSibling, found.parentElement].filter(Boolean).map((each) => {
    const {outlineStyle, outlineColor, borderColor, boxShadow} = getComputedStyle(each)
    return outlineStyle === 'none' ? [borderColor, boxShadow] : [outlineStyle, outlineColor, borderColor, boxShadow]
  })
  const focused = JSON.stringify(styles())
  found.blur()
  const plain = JSON.stringify(styles())
  found.focus({focusVisible: true, preventScroll: true})
  return {name: found.getAttribute('aria-label') ?? found.textContent.trim(), visible: focused !== plain}
}"""

TABS = 60
"""Enough to walk through a page with one run in its table."""


def test_everything_is_reached_by_keys_and_seen_to_be(open_drawn: OpenDrawn) -> None:
    dashboard = open_drawn("?runs=6&q=resnet18")
    page = dashboard.page
    wanted = {
        "Skip to charts",
        "Runs",
        "Queue",
        "Search runs",
        "Filters",
        "Show run 6, resnet18, seed 2, in charts",
        "Smoothing",
        "Maximise Loss",
        "More for Loss",
    }

    reached, unseen = set(), []
    for _ in range(TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None:
            continue  # past the last one, before the first one again
        reached.add(focus["name"])
        if not focus["visible"]:
            unseen.append(focus["name"])
    assert wanted - reached == set()
    assert unseen == []

    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(dashboard.eye(6)).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="#6 resnet18, seed 2")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url(re.compile("/queue"))
    page.keyboard.press("n")
    expect(dashboard.form).to_be_visible()
    page.keyboard.press("Escape")
    expect(dashboard.form).to_be_hidden()


def test_the_first_stop_of_tab_leads_past_the_header_and_the_table(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "?runs=6&q=resnet18")
    page = dashboard.page
    for address, name, first in (
        ("?runs=6&q=resnet18", "Skip to charts", "X axis"),
        ("runs/6", "Skip to content", "Duplicate"),
    ):
        dashboard.open(address)
        dashboard.wait_for_points(6, "test/accuracy", at_least=8)
        view = page.url
        skip = page.get_by_role("link", name=name)
        box = skip.bounding_box()
        assert box is not None
        assert box["width"] <= 1, "out of sight"
        page.keyboard.press("Tab")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport(ratio=1)
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("combobox" if first == "X axis" else "button", name=first)).to_be_focused()
        assert page.url == view


def test_the_row_that_the_keys_come_to_has_its_curves_stand_out_until_escape(open_drawn: OpenDrawn) -> None:
    dashboard = open_drawn("?runs=5,6&q=resnet18")
    page = dashboard.page
    dimmed = page.locator("[data-dim=true]")
    expect(dimmed).to_have_count(0)

    page.keyboard.press("j")
    expect(dashboard.row(6)).to_have_attribute("data-cursor", "true")
    expect(dimmed).to_have_text(["ResNet-18 · seed 1"])
    page.keyboard.press("j")
    expect(dimmed).to_have_text(["ResNet-18 · seed 2"])
    page.keyboard.press("x")
    expect(dimmed).to_have_count(0)
    page.keyboard.press("x")
    expect(dimmed).to_have_text(["ResNet-18 · seed 2"])
    page.keyboard.press("Escape")
    expect(dimmed).to_have_count(0)
    expect(dashboard.row(5)).to_have_attribute("data-cursor", "false")


def test_keys_press_what_has_the_focus_and_reach_nothing_behind_a_dialog(open_drawn: OpenDrawn) -> None:
    dashboard = open_drawn("?runs=6&q=resnet18")
    page = dashboard.page
    page.keyboard.press("j")
    expect(dashboard.row(6)).to_have_attribute("data-cursor", "true")

    dashboard.eye(5).focus()
    page.keyboard.press("Enter")
    expect(dashboard.eye(5)).to_have_attribute("aria-pressed", "true")
    page.wait_for_url(re.compile("runs=5,6&q=resnet18$"))

    page.keyboard.press("n")
    dashboard.form.get_by_role("button", name="Close the form").focus()
    address = page.url
    for key in ("j", "x", "s", "l", "g", "q"):
        page.keyboard.press(key)
    expect(dashboard.form).to_be_visible()
    assert page.url == address
    page.keyboard.press("Enter")
    expect(dashboard.form).to_be_hidden()
    expect(dashboard.row(6)).to_have_attribute("data-cursor", "true")
    assert page.url.endswith("?runs=5,6&q=resnet18")

    page.get_by_role("button", name="Maximise Loss").click()
    page.keyboard.press("l")
    page.wait_for_url(re.compile("log=loss.*max=loss"))


def test_keys_begin_at_the_first_network_also_where_the_form_was_there_before_the_networks(
    written_lab: Lab, open_dashboard: OpenDashboard
) -> None:
    dashboard = open_dashboard(written_lab, "settings")
    asked: list[Route] = []
    dashboard.page.route("**/api/v1/models", lambda route: asked.append(route))
    dashboard.open("?launch=1")
    close = dashboard.form.get_by_role("button", name="Close the form")
    expect(close).to_be_focused()

    assert asked
    for route in asked:
        route.continue_()
    expect(dashboard.form.locator("[data-model]").first).to_be_focused()
