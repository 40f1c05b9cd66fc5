"""Host and Origin checks, body limits, and the security headers of every response."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from backend import page
from backend.db.database import Database
from backend.main import create_app
from backend.middleware.body_limit import MAX_BODY, PUBLIC_BODY
from backend.middleware.headers import CONTENT_SECURITY_POLICY, SecurityHeaders, own_path
from backend.middleware.host_names import host_name
from backend.settings import Settings
from tests.backend.conftest import CountingNotifier

MakeToken = Callable[..., str]
Queue = Callable[..., int]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "", "0.0.0.0"]
)
def test_without_a_token_only_loopback_names_are_answered(api: TestClient, host: str) -> None:
    answer = api.get("/healthz", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "LOCALHOST", "[::1]", "[::1]:8000"])
def test_every_spelling_of_loopback_is_answered(api: TestClient, host: str) -> None:
    assert api.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        "127.0.0.1:80@evil.com",
        "evil.com@127.0.0.1",
        "[::1].evil.com",
        "[::1]evil",
        "[::1",
        "::1",
        "[fe80::1%25eth0]",
        "localhost:99999",
        "localhost:0",
        "localhost:80:80",
        "localhost:http",
        "localhost:٣",
        "localhost.",
        "localhost/x",
        "localhost, evil.com",
        " localhost",
        "local host",
        "localhost\n",
        "",
        "-x",
        ("a" * 64),
    ],
)
def test_an_invalid_host_is_none(given: str) -> None:
    assert host_name(given) is None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("LocalHost:8000", "localhost"),
        ("localhost:", "localhost"),
        ("[0:0:0:0:0:0:0:1]:8000", "::1"),
        ("127.0.0.1.evil.com", "127.0.0.1.evil.com"),
        ("my_lab-1.example", "my_lab-1.example"),
    ],
)
def test_a_host_is_read_without_its_port(given: str, name: str) -> None:
    assert host_name(given) == name


def test_no_name_at_all_is_refused_even_where_any_name_is_answered(guarded: TestClient) -> None:
    for host in ("127.0.0.1:80@evil.com", "[::1].evil.com", "lab.example/.."):
        assert guarded.get("/healthz", headers={"Host": host}).status_code == 400


def test_a_redirect_never_contains_the_requested_host(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    for folder in (tmp_path, tmp_path / "assets"):
        (folder / "index.html").write_text("the page")
    app = FastAPI()
    page.install(app, tmp_path)
    app.add_middleware(SecurityHeaders)
    client = TestClient(app, base_url="http://evil.example", follow_redirects=False)

    answer = client.get("/assets")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/assets/")


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("//evil.example/", "/"),
        ("http://lab//evil.example/", "/evil.example/"),
        ("/\\evil.example/", "/%5Cevil.example/"),
        ("/lab/?a=b", "/lab/?a=b"),
        ("/api/v1/runs/3", "/api/v1/runs/3"),
    ],
)
def test_of_where_a_redirect_leads_only_the_path_is_kept(location: str, path: str) -> None:
    assert own_path(location) == path


def test_with_a_token_any_name_is_answered_unless_some_are_named(
    database: Database, notifier: CountingNotifier
) -> None:
    for allowed, statuses in (("", [200, 200, 200]), ("lab.example, other.example", [200, 400, 200])):
        settings = Settings(database_url=database.url, host="0.0.0.0", allowed_hosts=allowed)
        with TestClient(create_app(settings, notifier)) as client:
            hosts = ("lab.example:8000", "evil.example", "127.0.0.1")
            assert [client.get("/healthz", headers={"Host": host}).status_code for host in hosts] == statuses


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "null"},
        {"Origin": "http://[broken"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_page_changes_nothing_even_without_sign_in(
    api: TestClient, queued: Queue, headers: dict[str, str]
) -> None:
    run_id = queued()

    assert api.post(f"/api/v1/runs/{run_id}/cancel", headers=headers).status_code == 403
    assert api.get(f"/api/v1/runs/{run_id}", headers=headers).json()["status"] == "queued"


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://127.0.0.1"}, {"Sec-Fetch-Site": "same-origin"}])
def test_the_dashboard_and_non_browsers_may_write(api: TestClient, queued: Queue, headers: dict[str, str]) -> None:
    assert api.post(f"/api/v1/runs/{queued()}/cancel", headers=headers).status_code == 202


@pytest.fixture
def signed_in(guarded: TestClient, token: MakeToken) -> TestClient:
    """A browser with a cookie."""
    guarded.post("/api/v1/session", json={"token": token()})
    return guarded


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://lab.example:3000"}, 403),
        ({"Origin": "http://lab.example"}, 202),
        ({"Origin": "https://lab.example"}, 202),
        ({"Sec-Fetch-Site": "same-origin"}, 202),
    ],
)
def test_with_a_cookie_a_change_has_to_come_from_the_page(
    signed_in: TestClient, queued: Queue, headers: dict[str, str], status: int
) -> None:
    assert signed_in.post(f"/api/v1/runs/{queued()}/cancel", headers=headers).status_code == status


def test_behind_a_proxy_that_changes_the_host_the_public_name_is_configured(
    database: Database, notifier: CountingNotifier, queued: Queue
) -> None:
    settings = Settings(database_url=database.url, allowed_hosts="lab.example")
    with TestClient(create_app(settings, notifier), base_url="http://127.0.0.1:8000") as client:
        path, origin = f"/api/v1/runs/{queued()}/cancel", {"Origin": "https://lab.example"}
        assert client.post(path, headers=origin).status_code == 202


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/runs", "/api/v1/runs/99", "/nothing"])
def test_every_response_has_security_headers(guarded: TestClient, path: str) -> None:
    headers = guarded.get(path).headers

    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert not [name for name in headers if name.startswith("access-control")]


def test_the_api_docs_are_self_hosted_and_under_the_csp(
    api: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "viewer").mkdir()
    (tmp_path / "viewer" / "swagger-ui-bundle.js").touch()
    monkeypatch.setattr(page, "BUILT", tmp_path)

    answer = api.get("/docs")

    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    loaded = re.findall(r'(?:src|href|data-openapi)="([^"]+)"', answer.text)
    assert "openapi.json" in loaded
    assert not [address for address in loaded if ":" in address or address.startswith("/")]
    assert not re.findall(r"<script>|<style>", answer.text)


def test_cors_allows_no_other_site(api: TestClient) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = api.options("/api/v1/runs", headers=asked)
    assert answer.status_code == 405
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_large_body_is_refused_declared_or_not(api: TestClient) -> None:
    body = b"x" * (MAX_BODY + 1)
    headers = {"Content-Type": "application/json"}

    declared = api.post("/api/v1/runs", content=body, headers=headers)
    in_pieces = api.post(
        "/api/v1/runs", content=(body[at : at + 65536] for at in range(0, len(body), 65536)), headers=headers
    )

    assert (declared.status_code, in_pieces.status_code) == (413, 413)
    assert "1048576 bytes" in declared.json()["detail"]
    assert in_pieces.json() == declared.json()


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/v1/session"), ("GET", "/healthz"), ("GET", "/")])
def test_bodies_without_a_token_are_limited_to_4_kib(guarded: TestClient, method: str, path: str) -> None:
    headers = {"Content-Type": "application/json"}

    answer = guarded.request(method, path, content=b"[" + b" " * PUBLIC_BODY, headers=headers)

    assert answer.status_code == 413
    assert f"{PUBLIC_BODY} bytes" in answer.json()["detail"]
