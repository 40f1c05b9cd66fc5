"""The scripts are no package: they run before anything is installed. Here they are loaded from their files."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """scripts/setup.py, on a checkout that is empty."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    module = importlib.import_module("setup")
    steps = importlib.import_module("steps")
    for each in (module, steps):
        monkeypatch.setattr(each, "ROOT", tmp_path)
        monkeypatch.setattr(each, "STATE", tmp_path / ".setup")
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    yield module
    for name in ("setup", "steps", "node"):
        sys.modules.pop(name, None)


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield importlib.import_module("node")
    sys.modules.pop("node", None)
