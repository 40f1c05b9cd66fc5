"""Which lab a client talks to, and which token it sends there."""

import stat
from pathlib import Path

import pytest

from skiplab.client import connection
from skiplab.client.connection import Login, find, login_file, store_login
from skiplab.client.errors import BadConnection

TOKEN = "a-token-of-a-test"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("URL", "TOKEN", "TOKEN_FILE", "HOST", "PORT", "ROOT_PATH"):
        monkeypatch.delenv(f"SKIPLAB_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_without_anything_it_is_the_lab_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find() == connection.Connection("http://127.0.0.1:8000", None, "local")
    monkeypatch.setenv("SKIPLAB_HOST", "0.0.0.0")
    monkeypatch.setenv("SKIPLAB_PORT", "8123")
    monkeypatch.setenv("SKIPLAB_ROOT_PATH", "/skiplab/")
    assert find().url == "http://127.0.0.1:8123/skiplab"


def test_arguments_come_before_the_environment_and_that_before_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    store_login(Login("http://login", "of the login"))
    assert (find().url, find().token, find().source) == ("http://login", "of the login", "login")
    monkeypatch.setenv("SKIPLAB_URL", "http://environment/")
    monkeypatch.setenv("SKIPLAB_TOKEN", TOKEN)
    assert (find().url, find().token, find().source) == ("http://environment", TOKEN, "environment")
    assert find("http://argument", "of the argument").token == "of the argument"


def test_a_token_is_sent_only_to_its_own_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    store_login(Login("http://login", "of the login"))
    assert find("http://elsewhere").token is None
    assert find("http://login/").token == "of the login"
    # The host of a lab has its token in the environment: it must not go to the lab of the login.
    monkeypatch.setenv("SKIPLAB_TOKEN", TOKEN)
    assert (find().url, find().token) == ("http://127.0.0.1:8000", TOKEN)
    monkeypatch.setenv("SKIPLAB_URL", "http://environment")
    assert find("http://elsewhere").token is None


def test_a_token_can_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("SKIPLAB_TOKEN_FILE", str(tmp_path / "token"))
    assert find().token == TOKEN
    monkeypatch.setenv("SKIPLAB_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(BadConnection, match="SKIPLAB_TOKEN_FILE"):
        find()


def test_a_login_is_readable_by_its_user_alone() -> None:
    file = store_login(Login("http://lab", TOKEN))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    store_login(Login("http://another", None))
    assert (find().url, find().token) == ("http://another", None)


def test_an_unreadable_login_is_named() -> None:
    login_file().parent.mkdir()
    login_file().write_text("{")
    with pytest.raises(BadConnection, match=r"login\.json cannot be read .* `skiplab login`"):
        find()


@pytest.mark.parametrize("url", ["lab.example", "ftp://lab", "http://", "http://lab?x=1"])
def test_a_bad_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(BadConnection, match="such as http://127"):
        find(url)
