"""A browser's session: a cookie that is no token, for one lab, until it is ended from either side."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from backend.auth.authenticator import USE_STORED_EVERY
from backend.db import sign_ins
from backend.db.database import Database
from backend.db.tables import SignInTable, utc_now
from backend.main import create_app
from backend.settings import Settings
from tests.backend.conftest import CountingNotifier

MakeToken = Callable[..., str]

SESSION = "/api/v1/session"
ORIGIN = {"Origin": "http://lab.example"}
GIVEN = "the-token-of-the-setting"


def sign_in(client: TestClient, token: str) -> str:
    """The cookie's value, which the client keeps."""
    answer = client.post(SESSION, json={"token": token}, headers=ORIGIN)
    assert answer.status_code == 200, answer.text
    return answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]


def status(client: TestClient, cookie: str, *, port: int = 8000) -> int:
    """Of a request with this cookie alone."""
    client.cookies.clear()
    return client.get("/api/v1/runs", headers={"Cookie": f"skiplab-{port}={cookie}"}).status_code


def rows(database: Database) -> list[SignInTable]:
    with database.read() as session:
        return list(session.exec(select(SignInTable)))


def test_the_cookie_is_not_the_token_and_neither_is_stored(
    guarded: TestClient, database: Database, token: MakeToken, tmp_path: Path
) -> None:
    mine = token()
    cookie = sign_in(guarded, mine)

    assert mine not in cookie
    assert guarded.get("/api/v1/runs", headers={"Authorization": f"Bearer {cookie}"}).status_code == 401
    assert status(guarded, mine) == 401
    database.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert mine.encode() not in written
    assert cookie.encode() not in written


def test_a_copied_cookie_is_invalid_after_signing_out(
    guarded: TestClient, database: Database, token: MakeToken
) -> None:
    cookie = sign_in(guarded, token())
    assert status(guarded, cookie) == 200

    guarded.cookies["skiplab-8000"] = cookie
    assert guarded.post(SESSION, json={"token": None}, headers=ORIGIN).status_code == 200

    assert status(guarded, cookie) == 401
    assert rows(database) == []


def test_signing_in_again_ends_the_session_before(guarded: TestClient, database: Database, token: MakeToken) -> None:
    mine = token()
    first = sign_in(guarded, mine)
    second = sign_in(guarded, mine)

    assert (status(guarded, first), status(guarded, second), len(rows(database))) == (401, 200, 1)


def test_revoking_a_token_ends_its_sessions(guarded: TestClient, database: Database, token: MakeToken) -> None:
    cookie, other = sign_in(guarded, token("write", "mine")), token("write", "another")
    headers = {"Authorization": f"Bearer {other}"}
    (mine,) = (
        each for each in guarded.get("/api/v1/tokens", headers=headers).json()["items"] if each["name"] == "mine"
    )

    assert guarded.delete(f"/api/v1/tokens/{mine['id']}", headers=headers).status_code == 204

    assert (status(guarded, cookie), rows(database)) == (401, [])


def test_a_changed_setting_ends_the_sessions_of_the_old_one(database: Database, notifier: CountingNotifier) -> None:
    @contextmanager
    def lab(token: str) -> Iterator[TestClient]:
        app = create_app(Settings.load(database_url=database.url, token=token), notifier)
        with TestClient(app, base_url="http://127.0.0.1") as client:
            yield client

    with lab(GIVEN) as client:
        answer = client.post(SESSION, json={"token": GIVEN})
        cookie = answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
        assert status(client, cookie) == 200
    with lab(GIVEN) as client:
        assert status(client, cookie) == 200
    with lab(f"{GIVEN}-changed") as client:
        assert status(client, cookie) == 401


def test_a_session_expires_and_its_last_use_is_noted_now_and_then(
    guarded: TestClient, database: Database, token: MakeToken
) -> None:
    mine = token()
    cookie = sign_in(guarded, mine)
    long_ago = utc_now() - 2 * USE_STORED_EVERY

    def change(**values: object) -> None:
        with database.write() as session:
            (row,) = session.exec(select(SignInTable))
            for name, value in values.items():
                setattr(row, name, value)

    change(used_at=long_ago)
    assert status(guarded, cookie) == 200
    assert utc_now() - rows(database)[0].used_at < timedelta(minutes=1)

    change(expires_at=utc_now() - timedelta(seconds=1))
    assert status(guarded, cookie) == 401
    sign_in(guarded, mine)
    assert len(rows(database)) == 1, "what has expired is forgotten"


def test_sessions_per_token_are_limited(guarded: TestClient, token: MakeToken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_ins, "MOST_OF_ONE_TOKEN", 3)
    mine, cookies = token(), []
    for _ in range(4):
        guarded.cookies.clear()
        cookies.append(sign_in(guarded, mine))

    assert [status(guarded, cookie) for cookie in cookies] == [401, 200, 200, 200]


def test_the_cookie_is_named_by_the_port_that_the_browser_sees(guarded: TestClient, token: MakeToken) -> None:
    answer = guarded.post(SESSION, json={"token": token()}, headers={"Host": "lab.example:8123"})
    assert answer.headers["Set-Cookie"].startswith("skiplab-8123=")


@pytest.mark.parametrize("cookie", ["", "x", "x" * 5000, "\xff", "a=b; skiplab-8000", '"', "skiplab-8000"])
def test_an_invalid_session_is_refused(guarded: TestClient, cookie: str) -> None:
    answer = guarded.get("/api/v1/runs", headers={b"Cookie": f"skiplab-8000={cookie}".encode("latin-1")})
    assert answer.status_code == 401
