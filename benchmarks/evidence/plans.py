"""Plans of the evidence experiments, within the budget of two CPU cores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SMALL = {"dataset": "cifar10", "train_limit": 5000, "test_limit": 2000, "train_eval_limit": 1000}
"""A stratified tenth of the training images, a fifth of the test images."""

SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Plan:
    name: str
    heading: str
    """The caveats, printed above the results."""
    preset: str
    vary: Mapping[str, Sequence[Any]]
    spec: Mapping[str, Any]


PLANS: Mapping[str, Plan] = {
    "report": Plan(
        "The report's four networks",
        "Reduced budget: not comparable with the report's 80 % and 77 %. One seed, so nothing but facts is decided.",
        "report",
        {"model": ("cnn", "resnet18", "densenet", "se_resnet18_single")},
        {**SMALL, "epochs": 6},
    ),
    "families": Plan(
        "The kind of network, at small scale",
        "Reduced budget: a tenth of the training images, 8 epochs of one cycle; the same for all five networks.",
        "fast",
        {"model": ("cnn", "plain20", "resnet20", "se_resnet20", "densenet"), "seed": SEEDS},
        # Half the preset's batch size and learning rate: a tenth of the images gives few steps.
        {**SMALL, "epochs": 8, "batch_size": 64, "learning_rate": 0.05},
    ),
    "depth": Plan(
        "Plain or residual: depth 20 and 56",
        "Reduced budget: a tenth of the training images, 8 of the paper's 164 epochs, its drops of the rate at the same"
        " shares of them.",
        "he2016",
        {"model": ("plain20", "plain56", "resnet20", "resnet56"), "seed": SEEDS},
        {**SMALL, "epochs": 8, "batch_size": 64, "learning_rate": 0.05},
    ),
}
