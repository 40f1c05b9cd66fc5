"""A lab that fails on command, a folder of spools, and a process without an active run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from skiplab.client import active, notices
from tests.skiplab.client.logging.fake_lab import FakeLab, fake_lab


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLab]:
    with fake_lab() as lab:
        monkeypatch.setenv("SKIPLAB_URL", lab.url)
        monkeypatch.delenv("SKIPLAB_TOKEN", raising=False)
        yield lab


@pytest.fixture(autouse=True)
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of spools; the active run of a test ends with it."""
    folder = tmp_path / "spools"
    monkeypatch.setenv("SKIPLAB_SPOOL", str(folder))
    monkeypatch.delenv("SKIPLAB_MODE", raising=False)
    notices.forget()
    yield folder
    active.finish()
    active.forget()
