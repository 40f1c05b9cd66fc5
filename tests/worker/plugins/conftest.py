"""Plugin files in a lab's folder."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

TINY = """
    from torch import nn
    from worker.plugins import model

    @model("tiny", label="Tiny", paper="A test", smallest=4, defaults={"learning_rate": 0.02})
    def build(classes, image_shape):
        channels, height, width = image_shape
        return nn.Sequential(nn.Flatten(), nn.Linear(channels * height * width, classes))
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a plugin file and give its path."""

    def write(name: str, code: str) -> Path:
        file = tmp_path / "plugins" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(dedent(code))
        return file

    return write
