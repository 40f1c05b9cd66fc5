"""The first losses of every built-in network: where they move, a `numerics` number has to be raised.

Stored for digits on a CPU in fp32, seed 0, two steps of 8 images, with the `spread` that another order of addition
gives them. `python -m tests.worker.test_numerics` writes them force, once the number of what moved them is raised.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
import torch

from skiplab.contract.spec import RunSpec
from worker.datasets.digits import digits
from worker.datasets.images import ImageData
from worker.models.registry import MODELS
from worker.numerics import numerics
from worker.training.events import EpochFinished, Progress, TrainingEvent
from worker.training.fit import Diverged, fit

STORED = Path(__file__).parent / "first_losses.json"

RELATIVE = 2e-3
"""A change of what is computed moves a loss by more."""

SPREADS = 3
"""Processors, thread counts and libraries add in another order, which a deep plain network amplifies to a percent."""


@cache
def data() -> ImageData:
    return digits()


def first_losses(key: str) -> list[float]:
    found: list[float] = []

    def report(event: TrainingEvent) -> None:
        if isinstance(event, Progress | EpochFinished):
            found.extend(loss for _, loss in event.losses)

    spec = RunSpec.model_validate(
        {
            "model": key,
            "dataset": "digits",
            "epochs": 1,
            "batch_size": 8,
            "learning_rate": 0.001,  # without normalisation they diverge above it
            "augment": "crop_flip",
            "train_limit": 16,
            "test_limit": 10,
            "train_eval_limit": 10,
            "precision": "fp32",
            "seed": 0,
            "telemetry": ["steps"],
        }
    )
    with suppress(Diverged):  # in the evaluation after them: batch normalisation has seen two batches
        fit(spec, data(), device="cpu", report=report, should_stop=lambda: False)
    return found


DEEP = ("56", "110", "100")
"""Parts of the names of networks that take seconds."""

KEYS = [pytest.param(key, marks=pytest.mark.long) if any(each in key for each in DEEP) else key for key in MODELS]


@pytest.mark.parametrize("key", KEYS)
def test_the_first_losses_are_those_stored_under_the_same_numbers(key: str) -> None:
    stored = json.loads(STORED.read_text())[key]
    assert numerics(key, "digits") == stored["numerics"], "raised: run python -m tests.worker.test_numerics"

    losses = first_losses(key)

    why = "the numbers moved: raise `numerics` of the network, the loader or the engine, and store them force"
    assert losses == pytest.approx(stored["losses"], rel=max(RELATIVE, SPREADS * stored["spread"])), why


def test_a_network_that_the_lab_does_not_number_has_none() -> None:
    assert numerics("torchvision.resnet18", "mine") == {"engine": 1, "network": None, "loader": None}


def store() -> None:
    found = {}
    for key in MODELS:
        losses, *others = in_three_orders(key)
        spread = max(abs(mine / theirs - 1) for other in others for mine, theirs in zip(other, losses, strict=True))
        found[key] = {"numerics": numerics(key, "digits"), "losses": losses, "spread": float(f"{spread:.1e}")}
        print(key, found[key])
    STORED.write_text(json.dumps(found, indent=1) + "\n")


def in_three_orders(key: str) -> Iterator[list[float]]:
    """On one thread, on two, and without oneDNN."""
    torch.set_num_threads(1)
    yield first_losses(key)
    torch.set_num_threads(2)
    yield first_losses(key)
    with torch.backends.mkldnn.flags(enabled=False):
        yield first_losses(key)


if __name__ == "__main__":
    store()
