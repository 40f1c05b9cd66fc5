"""Plugin files in a home folder."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from worker.plugins.import_scope import ImportScope

TINY = """
    from torch import nn
    from skiplab import model

    @model("tiny", label="Tiny", paper="A test", smallest=4, defaults={"learning_rate": 0.02})
    def build(classes, image_shape):
        channels, height, width = image_shape
        return nn.Sequential(nn.Flatten(), nn.Linear(channels * height * width, classes))
"""


@pytest.fixture(autouse=True)
def _paths_put_back() -> Iterator[None]:
    """Plugins are imported here into the tests' own process."""
    ImportScope.leave()  # a scope entered by another test would take later entries of the path with it
    before = list(sys.path)
    yield
    ImportScope.leave()
    sys.path[:] = before
    for name in [name for name in sys.modules if name.startswith("skiplab_plugin_")]:
        del sys.modules[name]


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a plugin file and give its path."""

    def write(name: str, code: str) -> Path:
        file = tmp_path / "plugins" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(code))
        return file

    return write
