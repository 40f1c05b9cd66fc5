"""Functions in forked processes: their results and failures."""

import os
import signal
import time

import pytest

from worker.forked import ForkFailed, forked

SEEN: list[int] = []


def _see() -> int:
    SEEN.append(1)
    return len(SEEN)


def test_what_a_function_changes_stays_in_its_process() -> None:
    assert [forked(_see), forked(_see)] == [1, 1]
    assert SEEN == []


def _fail() -> None:
    raise ValueError("no such layer")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_fail, "ValueError: no such layer"),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), "its process was killed by SIGTERM"),
        (lambda: os._exit(0), "its process ended without a result"),
    ],
)
def test_a_function_without_a_result_raises_with_the_reason(function: object, message: str) -> None:
    with pytest.raises(ForkFailed) as died:
        forked(function)  # type: ignore[arg-type]

    assert str(died.value).splitlines()[-1] == message


def test_a_function_that_hangs_is_ended_with_what_it_has_started() -> None:
    def hang() -> None:
        if os.fork():
            os.wait()
        time.sleep(600)

    with pytest.raises(ForkFailed, match="timed out after"):
        forked(hang, timeout=0.2)


def test_a_large_result_comes_whole() -> None:
    assert forked(lambda: b"x" * 3_000_000) == b"x" * 3_000_000
