"""Launches after a training check on one kind of device."""

from collections.abc import Set

import pytest

from backend.db.checks import Subject
from backend.errors import Invalid
from backend.runs.spec_resolver import SpecResolver
from skiplab.contract.catalog import DatasetCard, ModelCard
from skiplab.contract.check import TrainingCheck
from skiplab.contract.spec import RunSpec


def resolver(devices: Set[str]) -> SpecResolver:
    """A resolver with a network that cannot be trained on a GPU."""
    data = DatasetCard(key="digits", label="", available=True, source="", image_shape=(3, 32, 32), classes=["0", "1"])
    check = TrainingCheck(
        image_shape=(3, 32, 32), classes=2, device="cuda", outcome="refused", reason="no kernel", on_any_device=False
    )
    subject = Subject("cnn", "1", (3, 32, 32), 2)
    return SpecResolver([ModelCard(key="cnn", label="", version="1")], [data], {subject: [check]}, devices)


@pytest.mark.parametrize("devices", [{"cpu"}, {"cpu", "cuda"}, set()], ids=str)
def test_a_refusal_of_one_kind_of_device_is_none_where_another_may_train(devices: set[str]) -> None:
    resolver(devices).check([RunSpec(model="cnn", dataset="digits")])


def test_it_is_1_without_another_version() -> None:
    with pytest.raises(Invalid, match="no kernel"):
        resolver({"cuda"}).check([RunSpec(model="cnn", dataset="digits")])
