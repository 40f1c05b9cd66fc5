"""The dashboard's benchmark, for as short a time as it takes: its locators are those of today's page."""

from pathlib import Path

import pytest

from benchmarks.ui.__main__ import measured
from benchmarks.ui.labs import Labs
from benchmarks.ui.parts import QUICK


@pytest.mark.long
@pytest.mark.timeout(400)
def test_every_wait_is_measured(tmp_path: Path) -> None:
    rows = list(measured(["cold", "many", "switch", "hour"], Labs(tmp_path), QUICK))

    assert len({(row.work, row.against) for row in rows}) == len(rows) == 7
    assert not any("inf" in row.measured for row in rows)
