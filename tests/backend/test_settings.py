"""Settings: read once, frozen, and a bad one says which it was."""

from pathlib import Path

import pytest

from backend.settings import BadSetting, load_settings


def test_defaults_put_everything_under_the_home_folder(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)

    assert settings.database == f"sqlite:///{tmp_path / 'skiplab.db'}"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_the_environment_is_read_and_arguments_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_PORT", "8001")

    assert load_settings(port=None).port == 8001
    assert load_settings(port=8002).port == 8002


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SKIPLAB_PORT", "eighty", "SKIPLAB_PORT is 'eighty'"),
        ("SKIPLAB_PORT", "70000", "SKIPLAB_PORT is '70000'"),
        ("SKIPLAB_HOST", "0.0.0.0", "not loopback"),
        ("SKIPLAB_TOKEN", "secret", "sign-in is not built yet"),
    ],
)
def test_a_bad_value_refuses_to_start_and_names_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(BadSetting, match=said):
        load_settings()
