"""Presets: named hyperparameters for the fields that a request omits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from skiplab.contract.spec import RunSpec

PRESET_FIELDS = frozenset(RunSpec.model_fields) - {"model", "dataset", "seed"}
"""Fields that a preset may set: all but network, data set and seed."""


@dataclass(frozen=True)
class Preset:
    """Named values of fields, with their source."""

    label: str
    source: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert set(self.fields) <= PRESET_FIELDS, f"{self.label} sets {set(self.fields) - PRESET_FIELDS}"


_PLAIN_SGD = {"optimizer": "sgd", "label_smoothing": 0, "precision": "auto"}
_STEPS = {"schedule": "step", "milestones": (0.5, 0.75), "augment": "crop_flip", "batch_size": 128}

PRESETS: Mapping[str, Preset] = {
    "report": Preset(
        "Original report settings",
        "The coursework report: plain SGD at a constant learning rate, no augmentation, so that the curves of the four"
        " networks differ visibly. The report gives no learning rate; 0.01 with momentum 0.9 reproduces its curves'"
        " shape.",
        {
            **_PLAIN_SGD,
            "epochs": 20,
            "batch_size": 64,
            "learning_rate": 0.01,
            "momentum": 0.9,
            "nesterov": False,
            "weight_decay": 0,
            "schedule": "constant",
            "augment": "none",
        },
    ),
    "fast": Preset(
        "Fast: 10 epochs, one cycle",
        "Smith and Topin 2018, Super-convergence: one cycle of a high rate reaches in a few epochs what steps need"
        " many for.",
        {
            **_PLAIN_SGD,
            "epochs": 10,
            "batch_size": 128,
            "learning_rate": 0.1,
            "momentum": 0.9,
            "nesterov": True,
            "weight_decay": 5e-4,
            "schedule": "onecycle",
            "augment": "crop_flip",
        },
    ),
    "he2016": Preset(
        "He et al. 2016",
        "He et al. 2016, Deep residual learning for image recognition, section 4.2: 64,000 steps of 128 images,"
        " rate 0.1 divided by 10 at 32,000 and 48,000, weight decay 1e-4, momentum 0.9, crop and flip.",
        {
            **_PLAIN_SGD,
            **_STEPS,
            "epochs": 164,
            "learning_rate": 0.1,
            "momentum": 0.9,
            "nesterov": False,
            "weight_decay": 1e-4,
        },
    ),
    "huang2017": Preset(
        "Huang et al. 2017",
        "Huang et al. 2017, Densely connected convolutional networks, section 4.2: 300 epochs of batches of 64, rate"
        " 0.1 divided by 10 at 50 % and 75 %, weight decay 1e-4, Nesterov momentum 0.9, crop and flip.",
        {
            **_PLAIN_SGD,
            **_STEPS,
            "epochs": 300,
            "batch_size": 64,
            "learning_rate": 0.1,
            "momentum": 0.9,
            "nesterov": True,
            "weight_decay": 1e-4,
        },
    ),
}
