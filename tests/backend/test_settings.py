"""Settings: read once, frozen, and an invalid one is named."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from backend.server import config
from backend.settings import BadSetting, load_settings
from backend.supervisor.lab import worker_environment
from worker.settings import WorkerSettings


def test_defaults_put_everything_under_the_home_folder(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)

    assert settings.database == f"sqlite:///{tmp_path / 'skiplab.db'}"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_the_environment_is_read_and_arguments_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_PORT", "8001")

    assert load_settings(port=None).port == 8001
    assert load_settings(port=8002).port == 8002


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SKIPLAB_PORT", "eighty", "SKIPLAB_PORT is 'eighty'"),
        ("SKIPLAB_PORT", "70000", "SKIPLAB_PORT is '70000'"),
        ("SKIPLAB_TOKEN", "nineteen-characters", "SKIPLAB_TOKEN is invalid: must be 20 to 200"),
        ("SKIPLAB_TOKEN", "a secret with spaces", "SKIPLAB_TOKEN is invalid: must be 20 to 200"),
        ("SKIPLAB_DATABASE_URL", "mysql://lab:hidden@db/lab", "invalid: expected an SQLite file"),
        ("SKIPLAB_DATABASE_URL", "postgresql+psycopg://lab:hidden@db", "invalid: expected an SQLite file"),
        ("SKIPLAB_DATABASE_URL", "sqlite://", "expected an SQLite file"),
        ("SKIPLAB_DATABASE_URL", "sqlite:///:memory:", "expected an SQLite file"),
        ("SKIPLAB_ALLOWED_HOSTS", "lab.example, http://lab", "'http://lab' is not a host name"),
        ("SKIPLAB_TRUSTED_PROXIES", "*", "'\\*' is not an address"),
        ("SKIPLAB_TRUSTED_PROXIES", "proxy.example", "'proxy.example' is not an address"),
        ("SKIPLAB_ROOT_PATH", "lab", "SKIPLAB_ROOT_PATH is 'lab': must be a path such as /skiplab"),
    ],
)
def test_a_bad_value_refuses_to_start_and_names_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(BadSetting, match=message):
        load_settings()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/skiplab.db",
        "postgresql+psycopg://lab:hidden@db:5432/lab",
        "postgresql+psycopg://lab@/lab?host=/run/postgresql",
    ],
)
def test_a_database_is_a_file_or_on_a_server(url: str) -> None:
    assert load_settings(database_url=url).database == url


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({}, False),
        ({"host": "localhost"}, False),
        ({"host": "::1"}, False),
        ({"token": ""}, False),
        ({"token": "long-enough-to-be-one"}, True),
        ({"host": "0.0.0.0"}, True),
        ({"host": "lab.example"}, True),
        ({"host": "0.0.0.0", "published": "127.0.0.1"}, False),
        ({"host": "0.0.0.0", "published": "0.0.0.0"}, True),
        ({"host": "0.0.0.0", "published": "127.0.0.1", "domain": "localhost"}, True),
    ],
)
def test_only_loopback_is_open_without_a_token(given: dict[str, str], needed: bool) -> None:
    assert load_settings(**given).needs_token is needed


def test_a_token_is_never_shown_with_the_settings() -> None:
    settings = load_settings(token="a-token-of-mine-alone")

    assert "a-token-of-mine-alone" not in repr(settings) + str(settings.model_dump(mode="json"))


def test_a_secret_can_be_read_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("a-token-of-more-than-twenty-signs\n")
    (tmp_path / "database").write_text("sqlite:////srv/skiplab.db\n")
    monkeypatch.setenv("SKIPLAB_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("SKIPLAB_DATABASE_URL_FILE", str(tmp_path / "database"))

    settings = load_settings()

    assert settings.token is not None
    assert settings.token.get_secret_value() == "a-token-of-more-than-twenty-signs"
    assert settings.database == "sqlite:////srv/skiplab.db"


def test_a_worker_s_command_is_given_what_files_held_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/lab.db",
        "BROKER_URL": "redis://broker:6379/0",
        "BROKER_PASSWORD": "a-broker-s-password",
        "TOKEN": "a-token-of-more-than-twenty-signs",
    }
    for name, secret in secrets.items():
        (tmp_path / name).write_text(secret)
        monkeypatch.setenv(f"SKIPLAB_{name}_FILE", str(tmp_path / name))

    for name, value in worker_environment(load_settings(home=tmp_path)).items():
        monkeypatch.setenv(name, value)

    settings = WorkerSettings.load()
    assert settings.database == secrets["DATABASE_URL"]
    assert settings.broker == "redis://:a-broker-s-password@broker:6379/0"
    assert load_settings().token is None


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_secret_s_file_that_cannot_be_read_is_named_without_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    monkeypatch.setenv("SKIPLAB_TOKEN_FILE", str(tmp_path / "token"))

    with pytest.raises(BadSetting, match=r"SKIPLAB_TOKEN_FILE is .*token', which cannot be read"):
        load_settings()


def test_a_secret_that_is_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_TOKEN", "one-token-of-more-than-twenty-signs")
    monkeypatch.setenv("SKIPLAB_TOKEN_FILE", str(tmp_path / "token"))

    with pytest.raises(BadSetting, match="SKIPLAB_TOKEN and SKIPLAB_TOKEN_FILE are both set"):
        load_settings()


@pytest.mark.parametrize(
    ("url", "password", "whole"),
    [
        ("redis://redis:6379/0", "a/b@c", "redis://:a%2Fb%40c@redis:6379/0"),
        ("redis://:old@redis:6379/0", "new", "redis://:new@redis:6379/0"),
        ("redis://lab@redis:6379/0", "new", "redis://lab:new@redis:6379/0"),
        ("redis://lab:old@redis:6379/0", "new", "redis://lab:new@redis:6379/0"),
        ("redis://redis:6379/0", "", "redis://redis:6379/0"),
        ("", "unused", ""),
    ],
)
def test_the_broker_s_password_joins_its_address(url: str, password: str, whole: str) -> None:
    assert load_settings(broker_url=url, broker_password=password).broker == whole


def test_only_trusted_proxies_set_the_client_address() -> None:
    given = load_settings(trusted_proxies="10.0.0.5, 172.18.0.0/16")
    assert [given.is_proxy(each) for each in ("10.0.0.5", "172.18.3.4", "10.0.0.6", "127.0.0.1", "")] == [
        *(True, True),
        *(False, False, False),
    ]
    app = FastAPI()
    assert config(app, given).forwarded_allow_ips == ["10.0.0.5", "172.18.0.0/16"]
    assert config(app, load_settings(trusted_proxies="")).proxy_headers is False
    assert config(app, load_settings()).forwarded_allow_ips == ["127.0.0.1", "::1"]
