"""The benchmark of the client runs; what it measures here counts for nothing."""

import pytest

from benchmarks.client.__main__ import rows


@pytest.mark.long
def test_the_benchmark_measures_calls_imports_and_throughput() -> None:
    found = [row.work for row in rows(quick=True)]
    assert found == [
        "import skiplab, with its client",
        "a call of log, median",
        "init, with the lab's answer",
        "points a second, end to end",
        "points a second, end to end",
    ]
