"""The dashboard's one document, under the address of every page."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from backend import page


@pytest.fixture
def site(tmp_path: Path) -> TestClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/app.js").write_text("run()")
    (tmp_path / "index.html").write_text('<meta name="lab-root" content="./"><script src="./assets/app.js"></script>')
    app = FastAPI()
    page.install(app, tmp_path)
    return TestClient(app)


@pytest.mark.parametrize(
    ("address", "root"),
    [("/", "./"), ("/runs/3", "../"), ("/runs/3/", "../../"), ("/runs/a/b", "../../")],
)
def test_every_page_finds_its_files_and_the_lab_from_where_it_is(site: TestClient, address: str, root: str) -> None:
    answer = site.get(address)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert f'content="{root}"' in answer.text
    assert f'src="{root}assets/app.js"' in answer.text


@pytest.mark.parametrize("address", ["/api/v1/nothing", "/assets/gone.js", "/metrics", "/nothing"])
def test_what_is_no_page_is_still_missing(site: TestClient, address: str) -> None:
    assert site.get(address).status_code == 404


def test_the_pages_are_those_of_the_dashboards_router() -> None:
    router = (Path(page.__file__).parent.parent / "frontend/src/view/router.tsx").read_text()

    assert set(re.findall(r"path: '/(\w+)", router)) == page.PAGES


def test_files_are_served_as_they_are(site: TestClient) -> None:
    assert site.get("/assets/app.js").text == "run()"
