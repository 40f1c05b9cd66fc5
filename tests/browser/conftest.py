"""A real Chromium against a real lab. A page that logs an error, or breaks the security policy, fails its test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from backend.db import submissions
from backend.db.database import Database
from backend.db.migration import migrate
from backend.db.submissions import Submission
from backend.report.browser import FLAGS, NAMES
from skiplab.contract.spec import RunSpec
from tests.browser.dashboard import Dashboard
from tests.browser.judged import draw_images, judged
from tests.lab import Lab, running_lab, running_web

ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "test-results"

MANY = 1000

OpenDashboard = Callable[..., Dashboard]
OpenDrawn = Callable[[str], Dashboard]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab that the browser tests share."""
    assert (ROOT / "frontend/dist/index.html").is_file(), "the dashboard is not built: run `make setup`"
    with running_lab(tmp_path_factory.mktemp("browser-lab") / "home") as lab:
        yield lab


@pytest.fixture(scope="session")
def empty_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab without runs, for tests that only read."""
    with running_lab(tmp_path_factory.mktemp("empty-lab") / "home") as lab:
        yield lab


@pytest.fixture(scope="session")
def written_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The web process on a database written without training: an experiment of twelve runs, and a thousand queued."""
    home = tmp_path_factory.mktemp("written-lab") / "home"
    database = Database(f"sqlite:///{home / 'skiplab.db'}")
    migrate(database)
    judged(database)
    draw_images(home)
    spec = RunSpec(model="cnn", dataset="cifar10")
    with database.write() as session:
        waiting = [spec.model_copy(update={"seed": seed}) for seed in range(MANY)]
        submissions.add_all(session, [Submission(each, f"waiting, seed {each.seed}") for each in waiting])
    database.close()
    with running_web(home) as lab:
        yield lab


@pytest.fixture
def own_lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab without runs, which a test may break."""
    with running_lab(tmp_path / "home") as lab:
        yield lab


@pytest.fixture
def endless_run(lab: Lab) -> Iterator[int]:
    """A run that outlasts the test."""
    run_id = lab.submit(epochs=1000, train_limit=400)
    yield run_id
    lab.client.post(f"/runs/{run_id}/cancel")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium from the PATH; where there is none, the one that Playwright has downloaded.

    Not for the whole session: while it is open, Playwright keeps an event loop running in this thread, and tests of
    other folders, which a random order may run in between, could not start their own.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_dashboard(browser: Browser, request: pytest.FixtureRequest) -> Iterator[OpenDashboard]:
    """Opens a lab's dashboard in a fresh browser profile."""
    opened: list[tuple[Dashboard, BrowserContext]] = []

    def open_dashboard(
        lab: Lab, query: str = "", *, width: int = 1440, scheme: str = "light", locale: str = "en-GB"
    ) -> Dashboard:
        phone = width < 600
        context = browser.new_context(
            viewport={"width": width, "height": 844 if phone else 900},
            color_scheme="dark" if scheme == "dark" else "light",
            device_scale_factor=2 if phone else 1,
            has_touch=phone,
            is_mobile=phone,
            reduced_motion="reduce",
            locale=locale,
        )
        context.set_default_timeout(20_000)
        dashboard = Dashboard(context.new_page(), lab.url)
        opened.append((dashboard, context))
        dashboard.open(query)
        return dashboard

    failed_before = request.session.testsfailed
    yield open_dashboard
    for number, (dashboard, context) in enumerate(opened):
        if request.session.testsfailed > failed_before:
            _keep_picture(dashboard.page, f"failed-{request.node.name}-{number}")
        context.close()
    assert [line for dashboard, _ in opened for line in dashboard.complaints] == []


def _keep_picture(page: Page, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


@pytest.fixture
def open_drawn(written_lab: Lab, open_dashboard: OpenDashboard) -> OpenDrawn:
    """Opens a view of the written lab that shows run 6, once its curves are drawn."""

    def open_drawn(query: str) -> Dashboard:
        dashboard = open_dashboard(written_lab, query)
        dashboard.wait_for_points(6, "test/accuracy", at_least=8)
        return dashboard

    return open_drawn
