"""The standby trainer of a slot, with real processes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.lab import until
from worker.process import TrainerProcess
from worker.standby import Standby


@pytest.fixture
def started() -> list[TrainerProcess]:
    """Every trainer that the standby has started, oldest first."""
    return []


@pytest.fixture
def standby(started: list[TrainerProcess]) -> Iterator[Callable[[float | None], Standby]]:
    with ExitStack() as stack:

        def start() -> TrainerProcess:
            started.append(TrainerProcess({}))
            return started[-1]

        def make(idle_seconds: float | None) -> Standby:
            standby = Standby(start, idle_seconds=idle_seconds)
            stack.callback(standby.close)
            return standby

        yield make
    assert not any(trainer.alive for trainer in started)


def test_a_run_is_given_the_trainer_that_stands_by_and_another_one_takes_its_place(
    standby: Callable[[float | None], Standby], started: list[TrainerProcess]
) -> None:
    with standby(None).taken() as trainer:
        assert trainer is started[0]
        assert [each.alive for each in started] == [True, True]

    assert [each.alive for each in started] == [False, True]


def test_a_killed_standby_is_replaced_by_the_next_run(
    standby: Callable[[float | None], Standby], started: list[TrainerProcess]
) -> None:
    slot = standby(None)
    started[0].kill()

    with slot.taken() as trainer:
        assert trainer is started[1]
        assert trainer.alive


def test_an_idle_standby_is_stopped_and_the_next_run_starts_another(
    standby: Callable[[float | None], Standby], started: list[TrainerProcess]
) -> None:
    slot = standby(0.2)
    until(lambda: started[0].alive, lambda alive: not alive, seconds=10)

    with slot.taken() as trainer:
        assert trainer is started[1]
        assert trainer.alive
    until(lambda: started[2].alive, lambda alive: not alive, seconds=10)


def test_no_standby_is_stopped_while_a_run_trains(
    standby: Callable[[float | None], Standby],
) -> None:
    slot = standby(30)
    with slot.taken():
        assert slot._timer is None
    assert slot._timer is not None


def test_with_zero_seconds_each_run_starts_its_own_trainer(
    standby: Callable[[float | None], Standby], started: list[TrainerProcess]
) -> None:
    slot = standby(0)
    assert started == []

    with slot.taken() as trainer:
        assert started == [trainer]
