"""Every field of a spec that the engine reads changes the results, and fields for logging do not."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
import torch
from torch import nn

from skiplab.contract.spec import LOGGING, RunSpec
from worker.datasets.digits import digits
from worker.datasets.images import ImageData
from worker.training.events import EpochFinished, TrainingEvent
from worker.training.fit import fit

ANOTHER: Mapping[str, Mapping[str, Any]] = {
    "epochs": {"epochs": 3},
    "batch_size": {"batch_size": 16},
    "optimizer": {"optimizer": "adamw"},
    "learning_rate": {"learning_rate": 0.02},
    "momentum": {"momentum": 0.5},
    "nesterov": {"nesterov": False},
    "weight_decay": {"weight_decay": 0.1},
    "decay": {"decay": "weights"},
    "schedule": {"schedule": "constant"},
    "warmup_epochs": {"warmup_epochs": 1},
    "milestones": {"milestones": (0.25,)},
    "label_smoothing": {"label_smoothing": 0.2},
    "clip_norm": {"clip_norm": 0.1},
    "ema": {"ema": 0.9},
    "patience": {"patience": 1},
    "augment": {"augment": "crop_flip"},
    "cutout": {"cutout": 8},
    "mixup": {"mixup": 1.0},
    "cutmix": {"cutmix": 1.0},
    "test_flip": {"test_flip": True},
    "val_fraction": {"val_fraction": 0.2},
    "train_limit": {"train_limit": 100},
    "test_limit": {"test_limit": 50},
    "train_eval_limit": {"train_eval_limit": 50},
    "seed": {"seed": 1},
    "precision": {"precision": "bf16"},
    "telemetry": {"telemetry": ()},
}
"""Another value of each field."""

WHERE_IT_ACTS: Mapping[str, Mapping[str, Any]] = {
    "milestones": {"schedule": "step", "epochs": 4},
    "patience": {"learning_rate": 1e-9, "epochs": 4},
}
"""What else a spec needs before the field says anything."""

READ_ELSEWHERE = {
    "model": "which network is built: tests/worker/models",
    "dataset": "which images are loaded: tests/worker/datasets",
    "weights": "which weights a network is built with: tests/worker/models",
    "compile": "the same numbers, faster, on a GPU alone: test_compiler.py",
}

BASE = {
    "model": "cnn",
    "dataset": "digits",
    "epochs": 2,
    "batch_size": 32,
    "learning_rate": 0.01,
    "weight_decay": 0.01,
    "schedule": "cosine",
    "augment": "none",
    "train_limit": 200,
    "test_limit": 100,
}


def test_every_field_has_another_value_or_is_read_elsewhere() -> None:
    assert {*ANOTHER, *READ_ELSEWHERE} == {*RunSpec.model_fields}


@pytest.mark.parametrize("field", sorted(ANOTHER.keys() - LOGGING))
def test_another_value_changes_the_numbers(field: str) -> None:
    where = {**BASE, **WHERE_IT_ACTS.get(field, {})}

    assert measured(where) != measured({**where, **ANOTHER[field]})


@pytest.mark.parametrize("field", sorted(LOGGING))
def test_what_only_logs_changes_no_number_that_both_log(field: str) -> None:
    before, after = measured(BASE), measured({**BASE, **ANOTHER[field]})

    both = before[0].keys() & after[0].keys()
    assert both
    assert [{key: row[key] for key in both} for row in before] == [{key: row[key] for key in both} for row in after]


def measured(fields: Mapping[str, Any]) -> list[dict[str, float]]:
    """The epochs' values, but for what a clock says."""
    events: list[TrainingEvent] = []
    fit(
        RunSpec.model_validate(fields),
        data(),
        device="cpu",
        report=events.append,
        should_stop=lambda: False,
        build=small_network,
    )
    return [
        {key: value for key, value in event.values.items() if not key.startswith(("time/", "speed/", "system/"))}
        for event in events
        if isinstance(event, EpochFinished)
    ]


@cache
def data() -> ImageData:
    return digits()


def small_network(*_: object, **__: object) -> nn.Module:
    """With a bias, which `decay` may leave out."""
    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 8), nn.ReLU(), Scaled(8, 10))


class Scaled(nn.Linear):
    """A bias away from zero, so that decaying it is seen."""

    def reset_parameters(self) -> None:
        super().reset_parameters()
        torch.nn.init.ones_(self.bias)
