"""What a spec refuses, whoever sends it."""

from typing import Any

import pytest
from pydantic import ValidationError

from skiplab.contract.spec import RunSpec

WANTED = {"model": "cnn", "dataset": "digits"}
SCHEMA = RunSpec.model_json_schema()["properties"]


def _is(field: str, *kinds: str) -> bool:
    schema = SCHEMA[field]
    return any(each.get("type") in kinds for each in [schema, *schema.get("anyOf", [])])


NUMBERS = [field for field in SCHEMA if _is(field, "integer", "number")]
SWITCHES = [field for field in SCHEMA if _is(field, "boolean")]


@pytest.mark.parametrize("field", NUMBERS)
@pytest.mark.parametrize("value", [True, "1"])
def test_neither_a_truth_value_nor_a_text_is_a_number(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=rf"{field}\b[\s\S]*expected a number, got a (boolean|string)"):
        RunSpec.model_validate({**WANTED, field: value})


@pytest.mark.parametrize("field", SWITCHES)
@pytest.mark.parametrize("value", [1, "true"])
def test_neither_a_number_nor_a_text_is_a_truth_value(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=rf"{field}\b[\s\S]*valid boolean"):
        RunSpec.model_validate({**WANTED, field: value})


def test_a_whole_number_is_a_rate() -> None:
    assert RunSpec.model_validate({**WANTED, "learning_rate": 1}).learning_rate == 1.0
