"""Tokens: made once, kept as a hash, revoked for good; and the cookie that a browser gets for one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.auth import rate_limit
from backend.auth.first_token import sign_in_line, temporary_token
from backend.db.database import Database
from backend.main import create_app
from backend.settings import Settings
from tests.backend.conftest import CountingNotifier

MakeToken = Callable[..., str]

SESSION = "/api/v1/session"
ORIGIN = {"Origin": "http://lab.example"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_made_token_opens_the_lab_until_it_is_revoked(guarded: TestClient, token: MakeToken) -> None:
    first = bearer(token("write", "first"))
    made = guarded.post("/api/v1/tokens", json={"name": "a student", "scope": "read"}, headers=first)
    assert made.status_code == 201
    assert guarded.get("/api/v1/runs", headers=bearer(made.json()["token"])).status_code == 200

    assert guarded.delete(f"/api/v1/tokens/{made.json()['id']}", headers=first).status_code == 204

    assert guarded.get("/api/v1/runs", headers=bearer(made.json()["token"])).status_code == 401
    assert guarded.delete(f"/api/v1/tokens/{made.json()['id']}", headers=first).status_code == 404


def test_the_list_names_tokens_but_does_not_hold_them(guarded: TestClient, token: MakeToken) -> None:
    made = token("write", "mine")

    answer = guarded.get("/api/v1/tokens", headers=bearer(made))

    assert [(each["name"], each["scope"]) for each in answer.json()["items"]] == [("mine", "write")]
    assert made not in answer.text


def test_a_token_is_nowhere_in_the_database_file(database: Database, token: MakeToken, tmp_path: Path) -> None:
    made = token().encode()
    database.close()

    written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())

    assert b"a test" in written
    assert made not in written


def test_a_name_that_is_taken_is_refused(guarded: TestClient, token: MakeToken) -> None:
    headers = bearer(token("write", "mine"))
    assert guarded.post("/api/v1/tokens", json={"name": "mine"}, headers=headers).status_code == 409


def test_a_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(
    guarded: TestClient, token: MakeToken
) -> None:
    answer = guarded.post(SESSION, json={"token": token("read", "me")}, headers=ORIGIN)

    assert answer.json() == {"name": "me", "scope": "read"}
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/;" in cookie
    assert guarded.get("/api/v1/runs").status_code == 200
    assert guarded.get(SESSION).json() == {"name": "me", "scope": "read"}


def test_over_https_the_cookie_is_secure(database: Database, notifier: CountingNotifier, token: MakeToken) -> None:
    app = create_app(Settings(database_url=database.url, host="0.0.0.0", root_path="/lab"), notifier)
    with TestClient(app, base_url="https://lab.example") as client:
        cookie = client.post(SESSION, json={"token": token()}).headers["Set-Cookie"].lower()
    assert "secure" in cookie
    assert "path=/lab;" in cookie


def test_signing_out_deletes_the_cookie(guarded: TestClient, token: MakeToken) -> None:
    guarded.post(SESSION, json={"token": token()})
    assert guarded.get("/api/v1/runs").status_code == 200

    assert guarded.post(SESSION, json={"token": None}, headers=ORIGIN).json() == {"name": None, "scope": None}

    assert guarded.get("/api/v1/runs").status_code == 401


def test_a_wrong_token_gets_no_cookie(guarded: TestClient) -> None:
    answer = guarded.post(SESSION, json={"token": "not this one"})
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_wrong_tokens_are_rate_limited_but_a_repeated_stale_one_is_not(guarded: TestClient) -> None:
    for _ in range(3 * rate_limit.MOST):
        assert guarded.get("/api/v1/runs", headers=bearer("revoked")).status_code == 401
    for number in range(rate_limit.MOST - 1):
        assert guarded.get("/api/v1/runs", headers=bearer(f"guess {number}")).status_code == 401

    answer = guarded.get("/api/v1/runs", headers=bearer("one more"))

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= rate_limit.WITHIN_SECONDS
    assert guarded.get("/healthz").status_code == 200


def test_a_valid_token_is_accepted_despite_wrong_ones_from_its_address(guarded: TestClient, token: MakeToken) -> None:
    mine = token()
    for number in range(2 * rate_limit.MOST):
        guarded.get("/api/v1/runs", headers=bearer(f"guess {number}"))

    assert guarded.get("/api/v1/runs", headers=bearer("one more")).status_code == 429
    assert guarded.get("/api/v1/runs", headers=bearer(mine)).status_code == 200
    assert guarded.post(SESSION, json={"token": mine}).status_code == 200
    assert guarded.get("/api/v1/runs").status_code == 200


def test_a_rate_limited_client_may_try_again_later_and_affects_no_other() -> None:
    now = 1000.0
    counted = rate_limit.TokenRateLimit(lambda: now)
    for number in range(rate_limit.MOST):
        assert counted.wait_seconds("10.0.0.1", str(number)) == 0
        counted.count_wrong("10.0.0.1", str(number))

    assert counted.wait_seconds("10.0.0.1", "next") == rate_limit.WITHIN_SECONDS
    assert counted.wait_seconds("10.0.0.2", "next") == 0
    now += rate_limit.WITHIN_SECONDS
    assert counted.wait_seconds("10.0.0.1", "next") == 0


def test_addresses_of_one_ipv6_network_share_a_rate_limit() -> None:
    counted = rate_limit.TokenRateLimit(lambda: 0.0)
    for number in range(rate_limit.MOST):
        counted.count_wrong(f"2001:db8::{number:x}", str(number))
    assert counted.wait_seconds("2001:db8::ffff", "next") > 0
    assert counted.wait_seconds("2001:db8:1::1", "next") == 0


def test_the_token_from_the_environment_may_write_and_is_not_listed(
    database: Database, notifier: CountingNotifier
) -> None:
    app = create_app(Settings.load(database_url=database.url, token="a-token-of-the-environment"), notifier)
    with TestClient(app, base_url="http://127.0.0.1", headers=bearer("a-token-of-the-environment")) as client:
        assert client.get(SESSION).json() == {"name": "SKIPLAB_TOKEN", "scope": "write"}
        assert client.get("/api/v1/tokens").json() == {"items": []}
        assert client.get(SESSION, headers=bearer("a-token-of-another-place")).status_code == 401


def test_the_first_start_makes_a_token_and_shows_it_once(guarded: TestClient, database: Database) -> None:
    settings = Settings(database_url=database.url, host="0.0.0.0")

    line = sign_in_line(settings)
    again = sign_in_line(settings)

    assert line is not None
    assert "http://127.0.0.1:8000/#token=skiplab_" in line
    assert guarded.get(SESSION, headers=bearer(line.partition("#token=")[2])).json()["scope"] == "write"
    assert again == "Sign in with a token; `skiplab token add NAME --scope write` creates one."


def test_on_loopback_no_token_is_created(database: Database) -> None:
    settings = Settings(database_url=database.url)
    assert sign_in_line(settings) is None
    with temporary_token(settings) as token:
        assert token is None


def test_the_first_token_of_a_lab_behind_its_own_proxy_is_shown_with_the_proxys_address(database: Database) -> None:
    settings = Settings(database_url=database.url, domain="lab.example.org", published="127.0.0.1")

    line = sign_in_line(settings)

    assert line is not None
    assert "https://lab.example.org/#token=" in line


def test_a_temporary_token_is_revoked_at_the_end(guarded: TestClient, database: Database) -> None:
    with temporary_token(Settings(database_url=database.url, host="0.0.0.0")) as token:
        assert token is not None
        assert guarded.get("/api/v1/runs", headers=bearer(token)).status_code == 200
    assert guarded.get("/api/v1/runs", headers=bearer(token)).status_code == 401


@pytest.mark.parametrize("body", [{}, {"token": "x" * 201}, {"token": 1}, {"token": "x", "more": 1}])
def test_an_invalid_sign_in_is_refused_without_repeating_it(guarded: TestClient, body: dict[str, object]) -> None:
    assert guarded.post(SESSION, json=body).status_code == 422


@pytest.mark.parametrize("name", ["", " ", "\t\n", "a\nb", "a\x1b[2Jb", "a\u202eb", "x" * 101])
def test_an_unreadable_name_is_refused(api: TestClient, name: str) -> None:
    answer = api.post("/api/v1/tokens", json={"name": name})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "name"


def test_a_name_is_stripped(api: TestClient) -> None:
    assert api.post("/api/v1/tokens", json={"name": " laptop "}).json()["name"] == "laptop"
    assert api.post("/api/v1/tokens", json={"name": "laptop"}).status_code == 409
