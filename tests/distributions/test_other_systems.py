"""A lab on a system without calls that only Linux has, such as macOS: here they are taken away."""

from pathlib import Path

import pytest

from tests.lab import running_lab

TAKEN_AWAY = """
import ctypes, os

del os.sched_getaffinity

class CDLL(ctypes.CDLL):
    def __getattr__(self, name):
        if name == "prctl":
            raise AttributeError(name)
        return super().__getattr__(name)

ctypes.CDLL = CDLL
"""


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_lab_trains_without_them(tmp_path: Path) -> None:
    (tmp_path / "python").mkdir()
    # Python imports a module of this name at each start.
    (tmp_path / "python" / "sitecustomize.py").write_text(TAKEN_AWAY)
    with running_lab(tmp_path / "home", PYTHONPATH=str(tmp_path / "python")) as lab:
        run = lab.submit(epochs=1)
        assert lab.wait(run, lambda found: found["status"] in ("finished", "failed"))["status"] == "finished"
