"""The dashboard's index.html is served under the URL of every page."""

import gzip
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
def test_an_unknown_path_is_still_404(site: TestClient, address: str) -> None:
    assert site.get(address).status_code == 404


def test_an_unknown_page_gets_the_dashboard_with_404(site: TestClient) -> None:
    asked = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    nowhere = site.get("/no/where", headers=asked)

    assert nowhere.status_code == 404
    assert 'src="../assets/app.js"' in nowhere.text
    for address in ("/api/v1/nothing", "/api"):
        assert site.get(address, headers=asked).headers["Content-Type"] == "application/json"


def test_the_pages_are_those_of_the_dashboards_router() -> None:
    router = (Path(page.__file__).parent.parent / "frontend/src/shell/router.tsx").read_text()

    assert set(re.findall(r"path: '/(\w+)", router)) == page.PAGES


def test_files_are_served_as_they_are(site: TestClient) -> None:
    assert site.get("/assets/app.js").text == "run()"


def test_precompressed_files_are_sent_to_clients_that_accept_them(site: TestClient, tmp_path: Path) -> None:
    (tmp_path / "assets/app.js.gz").write_bytes(gzip.compress(b"run() // packed"))
    (tmp_path / "assets/app.js.br").write_bytes(b"not for this client")

    packed = site.get("/assets/app.js", headers={"Accept-Encoding": "gzip;q=0.8, deflate"})
    plain = site.get("/assets/app.js", headers={"Accept-Encoding": "identity"})

    assert (packed.text, packed.headers["Content-Encoding"]) == ("run() // packed", "gzip")
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
    assert (plain.text, "Content-Encoding" in plain.headers) == ("run()", False)
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


def test_the_best_content_coding_is_preferred(site: TestClient, tmp_path: Path) -> None:
    for suffix in (".gz", ".br"):
        (tmp_path / f"assets/app.js{suffix}").write_bytes(suffix.encode())

    with site.stream("GET", "/assets/app.js", headers={"Accept-Encoding": "gzip, br"}) as answer:
        assert b"".join(answer.iter_raw()) == b".br"


def test_content_hashed_files_are_immutable_and_the_document_is_not(site: TestClient) -> None:
    assert "immutable" in site.get("/assets/app.js").headers["Cache-Control"]
    assert "Cache-Control" not in site.get("/").headers
