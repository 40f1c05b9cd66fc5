"""A lab that requires a token: in by the printed address, in by the form, out when the token is revoked."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.lab import Lab, running_web

TOKEN = "the-token-of-a-browser-test"


@pytest.fixture(scope="module")
def shut_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that requires a token."""
    with running_web(tmp_path_factory.mktemp("shut-lab") / "home", SKIPLAB_TOKEN=TOKEN) as lab:
        lab.client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield lab


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def test_the_printed_address_signs_in_and_is_cleared(shut_lab: Lab, page: Page) -> None:
    page.goto(f"{shut_lab.url}/#token={TOKEN}")

    expect(page.locator("[data-connection=live]")).to_be_visible()
    assert TOKEN not in page.url
    assert page.evaluate("document.cookie") == ""


def test_the_form_says_what_is_wrong_and_lets_the_right_token_in(shut_lab: Lab, page: Page) -> None:
    page.goto(shut_lab.url)

    page.get_by_label("Token", exact=True).fill("a-wrong-token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The token is invalid")).to_be_visible()

    page.get_by_label("Token", exact=True).fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-connection=live]")).to_be_visible()


def test_a_revoked_token_ends_the_stream_and_brings_the_form_back(shut_lab: Lab, page: Page) -> None:
    made = shut_lab.client.post("/tokens", json={"name": "for a while", "scope": "read"}).json()
    page.goto(f"{shut_lab.url}/#token={made['token']}")
    expect(page.locator("[data-connection=live]")).to_be_visible()

    assert shut_lab.client.delete(f"/tokens/{made['id']}").status_code == 204

    expect(page.get_by_role("heading", name="Sign in to Skiplab")).to_be_visible(timeout=40_000)
