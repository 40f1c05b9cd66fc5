"""A bench for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.supervisor.bench import Bench, is_gone


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()
    assert is_gone(bench.guard.pid)
