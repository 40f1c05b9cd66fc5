"""What the demo trains: small enough to finish within minutes on two cores, large enough to learn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from skiplab.contract.catalog import DatasetCard

NAME = "The report's four networks"
NETWORKS = ("cnn", "resnet18", "densenet", "se_resnet18_single")

FIELDS: Mapping[str, Mapping[str, Any]] = {
    "digits": {
        "dataset": "digits",
        "epochs": 5,
        "train_limit": 300,
        "test_limit": 180,
        "train_eval_limit": 60,
        "batch_size": 20,
        "learning_rate": 0.02,
        # Digits are small and centred, and flipping changes their meaning.
        "augment": "none",
    },
    "cifar10": {
        "dataset": "cifar10",
        "epochs": 1,
        "train_limit": 1500,
        "test_limit": 500,
        "train_eval_limit": 100,
        # Small, so that one epoch of a subset has enough steps.
        "batch_size": 20,
        "learning_rate": 0.05,
        "augment": "none",
    },
}


class NoData(Exception):
    """No data set of the demo is available."""


@dataclass(frozen=True)
class Plan:
    fields: Mapping[str, Any]
    """Spec fields of all runs."""
    data: DatasetCard

    @property
    def sizes(self) -> str:
        trained = _part(self.fields["train_limit"], self.data.train_images)
        tested = _part(self.fields["test_limit"], self.data.test_images)
        return f"trained on {trained} images, tested on {tested}"

    @property
    def announcement(self) -> str:
        epochs = self.fields["epochs"]
        return (
            f"Training the report's four networks on {self.data.label}, {epochs} epoch{'s' * (epochs > 1)} each, "
            f"{self.sizes}."
        )


def choose(offered: Iterable[DatasetCard]) -> Plan:
    """Choose CIFAR-10 if it is on disk, else the digits, which come with a package. Raises NoData."""
    here = {card.key: card for card in offered if card.available}
    for key in ("cifar10", "digits"):
        if key in here:
            return Plan(FIELDS[key], here[key])
    raise NoData("The worker offers neither of the data sets digits and cifar10; see its log.")


def _part(limit: int | None, whole: int | None) -> str:
    if limit is None:
        return "all" if whole is None else f"all {whole:,}"
    return f"{limit:,}" if whole is None else f"{min(limit, whole):,} of {whole:,}"
