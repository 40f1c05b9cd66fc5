"""The progress of an upgrade."""

import logging

import pytest

from backend.db.progress import Progress, UpgradeStopped
from tests.backend.conftest import Clock


def test_a_step_is_logged_at_its_start_and_then_every_five_seconds(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    progress = Progress(clock=clock)

    progress.begin("metric values", total=300_000)
    for _ in range(3):
        clock.now += 2
        progress.advance(50_000)

    assert caplog.messages == [
        "upgrading the database: metric values, 0 of 300,000 (0%)",
        "upgrading the database: metric values, 150,000 of 300,000 (50%)",
    ]


def test_steps_without_rows_have_no_share() -> None:
    progress = Progress()
    progress.begin("making a copy")
    assert str(progress.step) == "making a copy"
    progress.begin("metric values", total=0)
    assert str(progress.step) == "metric values, 0 of 0 (100%)"


def test_an_upgrade_that_is_stopped_ends_at_its_next_report() -> None:
    progress = Progress()
    progress.begin("metric values", total=2)
    progress.stop()

    with pytest.raises(UpgradeStopped, match="the next start repeats it"):
        progress.advance(1)
