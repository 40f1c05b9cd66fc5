"""Where a lab keeps its data when SKIPLAB_HOME is not set."""

import sys
from pathlib import Path

import pytest

from skiplab.contract.home import default_home
from skiplab.contract.settings import LabSettings


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path / "user"


def test_in_a_clone_it_is_the_folder_data_even_before_the_first_start(tmp_path: Path, user: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    assert default_home(tmp_path, checkout=tmp_path) == tmp_path / "data"
    assert default_home(user, checkout=tmp_path).is_relative_to(user)


@pytest.mark.parametrize("mark", ["skiplab.db", "skiplab.lock", "plugins", "claims", ""])
def test_elsewhere_a_folder_data_counts_if_it_is_a_lab_s_or_empty(tmp_path: Path, mark: str) -> None:
    (tmp_path / "data").mkdir()
    if mark:
        (tmp_path / "data" / mark).touch()
    assert default_home(tmp_path, checkout=tmp_path / "other") == tmp_path / "data"


def test_a_folder_data_with_images_of_a_project_is_left_alone(tmp_path: Path, user: Path) -> None:
    (tmp_path / "data" / "cifar-10-batches-py").mkdir(parents=True)
    assert default_home(tmp_path, checkout=tmp_path / "other").is_relative_to(user)


def test_else_it_is_the_platform_s_folder_for_the_user_s_data(
    tmp_path: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_home(tmp_path) == user / ".local" / "share" / "skiplab"

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert default_home(tmp_path) == tmp_path / "xdg" / "skiplab"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_home(tmp_path) == user / ".local" / "share" / "skiplab"

    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_home(tmp_path) == user / "Library" / "Application Support" / "skiplab"


def test_the_setting_takes_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKIPLAB_HOME", str(tmp_path / "chosen"))
    assert LabSettings.load().home == tmp_path / "chosen"
