"""The learning rate of each step."""

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch

from skiplab.contract.spec import RunSpec
from worker.training.schedule import factor

Make = Callable[..., RunSpec]


def way(spec: RunSpec, *, steps: int = 100, steps_per_epoch: int = 10) -> list[float]:
    return [factor(spec, step, steps=steps, steps_per_epoch=steps_per_epoch) for step in range(steps)]


def test_constant_stays(spec: Make) -> None:
    assert set(way(spec(schedule="constant"))) == {1.0}


def test_step_falls_tenfold_at_each_milestone(spec: Make) -> None:
    factors = way(spec(schedule="step", milestones=[0.5, 0.75]))

    assert factors[49] == 1.0
    assert factors[50:75] == pytest.approx([0.1] * 25)
    assert factors[75:] == pytest.approx([0.01] * 25)


def test_cosine_falls_from_the_peak_to_nearly_nothing(spec: Make) -> None:
    factors = way(spec(schedule="cosine"))

    assert factors[0] == 1.0
    assert factors[50] == pytest.approx(0.5)
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] < 0.001


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine"])
def test_warm_up_climbs_evenly_to_the_peak(spec: Make, schedule: str) -> None:
    factors = way(spec(schedule=schedule, warmup_epochs=2, epochs=10))

    rises = [later - earlier for earlier, later in pairwise(factors[:20])]
    assert rises == pytest.approx([1 / 21] * 19)
    assert factors[20] == pytest.approx(1.0)


@pytest.mark.parametrize("steps", [1, 2, 3, 10, 97])
def test_every_schedule_stays_between_nothing_and_the_peak(spec: Make, steps: int) -> None:
    for schedule in ("constant", "step", "cosine", "onecycle"):
        for value in way(spec(schedule=schedule), steps=steps):
            assert 0 < value <= 1, schedule


@pytest.mark.parametrize("steps", [10, 100, 137])
def test_onecycle_is_torchs_own(spec: Make, steps: int) -> None:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    torchs = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=1.0, total_steps=steps)
    expected = []
    for _ in range(steps):
        expected.append(torchs.get_last_lr()[0])
        optimiser.step()
        torchs.step() if len(expected) < steps else None

    assert way(spec(schedule="onecycle"), steps=steps) == pytest.approx(expected)
