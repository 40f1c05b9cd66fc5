"""Half a minute of chaos; `make chaos` makes ten."""

import random
from pathlib import Path

import pytest

from tests.faults.chaos.kills import ERRAND, KINDS
from tests.faults.chaos.story import Plan, play


@pytest.mark.long
@pytest.mark.timeout(600)
def test_among_kills_of_every_process_no_run_and_no_epoch_is_lost_or_doubled(tmp_path: Path) -> None:
    tally = play(Plan(seed=random.randrange(10**6), seconds=30, runs=4, epochs=12, specs=2), tmp_path / "home")

    print(tally)
    assert tally.wrong == []
    assert set(tally.killed) - {ERRAND.name} == {kind.name for kind in KINDS}
