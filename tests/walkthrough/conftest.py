"""A lab per test file, with plugins and claims of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import Lab, running_lab


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own") / "home"


@pytest.fixture(scope="module")
def own_lab(home: Path) -> Iterator[Lab]:
    with running_lab(home) as lab:
        yield lab
