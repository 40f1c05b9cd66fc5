"""The queue's benchmark on a short queue: every row is measured."""

from benchmarks.queue import measured


def test_every_request_is_timed() -> None:
    rows = list(measured(waiting=20, times=2))

    assert len({row.work for row in rows}) == len(rows) == 7
    assert all("median" in row.measured and "2 times" in row.measured for row in rows)
