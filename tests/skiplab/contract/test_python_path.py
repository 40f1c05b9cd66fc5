"""Skiplab's own modules are imported, whatever folder it is started in."""

import os
import sys
from pathlib import Path

import pytest

from skiplab.contract.python_path import INSTALLED_IN, child_environment, clean_own_path, shadowing, shadows


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "worker.py").touch()
    (tmp_path / "tools").mkdir()
    monkeypatch.chdir(tmp_path / "theirs")
    return tmp_path


def test_a_folder_with_a_module_of_such_a_name_shadows_it(project: Path) -> None:
    assert shadows(str(project / "theirs"))
    assert shadows("")
    assert not shadows(str(project / "tools"))
    assert not shadows(str(INSTALLED_IN))


def test_children_get_the_rest_of_pythonpath(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert (child_environment(), shadowing()) == ({"PYTHONSAFEPATH": "1"}, [])
    monkeypatch.setenv("PYTHONPATH", "")
    assert (child_environment(), shadowing()) == ({"PYTHONSAFEPATH": "1"}, [])

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", str(project / "tools"), str(project / "theirs")]))
    assert child_environment()["PYTHONPATH"] == str(project / "tools")
    assert shadowing() == [".", str(project / "theirs")]


def test_the_command_itself_leaves_them_out_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = str(project / "theirs" / "site-packages")
    monkeypatch.setattr(sys, "path", [str(project / "theirs"), installed])
    clean_own_path()
    assert sys.path == [installed]
