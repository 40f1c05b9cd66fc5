"""Every value that a user can choose has a label of its own."""

from typing import Any, get_args

import pytest

from skiplab.contract.fields import KEY
from skiplab.contract.spec import ABOUT, RunSpec


def values(annotation: Any) -> set[str]:
    """The strings of a Literal, also inside a tuple."""
    inner = get_args(annotation)
    return {each for each in inner if isinstance(each, str)} | {each for part in inner for each in values(part)}


CHOICES = {name: found for name, field in RunSpec.model_fields.items() if (found := values(field.annotation))}


@pytest.mark.parametrize("field", CHOICES)
def test_each_value_of_a_choice_has_a_label_of_its_own(field: str) -> None:
    labels = ABOUT[field].choices

    assert labels.keys() == CHOICES[field]
    assert len({each.label for each in labels.values()}) == len(labels)


def test_the_json_schema_carries_labels_and_papers() -> None:
    augment = RunSpec.model_json_schema()["properties"]["augment"][KEY]["choices"]

    assert augment["crop_flip"]["label"] == "Crop and flip"
    assert augment["trivial"]["label"] == "TrivialAugment"
    assert "arXiv:2103.10158" in augment["trivial"]["source"]
