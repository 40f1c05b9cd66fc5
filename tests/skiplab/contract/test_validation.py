"""Every kind of validation error becomes a sentence that says what is allowed."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, field_validator

from skiplab.contract.validation import got, message_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class One(BaseModel):
    kind: Literal["one"]


class Two(BaseModel):
    kind: Literal["two"]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int = Field(5, ge=1, le=1000)
    share: float = Field(0.5, gt=0, lt=0.9, allow_inf_nan=False)
    flag: StrictBool = False
    name: str = Field("a", min_length=1, max_length=1200, pattern="^[a-z]*$")
    word: str = Field("long", min_length=3)
    items: list[int] = Field([1], min_length=1, max_length=2)
    table: dict[str, int] = {}
    part: One | None = None
    choice: Literal["sgd", "adam", "adamw"] = "sgd"
    colour: Colour = Colour.RED
    either: Annotated[One | Two, Field(discriminator="kind")] | None = None
    own: int = 1

    @field_validator("own")
    @classmethod
    def _own(cls, value: int) -> int:
        if value != 1:
            raise ValueError("only 1 fits here")
        return value


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"count": 0}, "must be at least 1"),
        ({"count": 5000}, "must be at most 1,000"),
        ({"count": 1.5}, "must be a whole number"),
        ({"count": "many"}, "must be a whole number"),
        ({"count": None}, "must be a whole number"),
        ({"share": 0}, "must be greater than 0"),
        ({"share": 0.9}, "must be less than 0.9"),
        ({"share": "half"}, "must be a number"),
        ({"share": float("nan")}, "must be a finite number"),
        ({"flag": 1}, "must be true or false"),
        ({"name": 3}, "must be a string"),
        ({"name": ""}, "must not be empty"),
        ({"name": "A"}, "must match the pattern ^[a-z]*$"),
        ({"name": "a" * 1201}, "must have at most 1,200 characters"),
        ({"word": "ab"}, "must have at least 3 characters"),
        ({"items": []}, "must not be empty"),
        ({"items": [1, 2, 3]}, "must have at most 2 items"),
        ({"items": 1}, "must be a list"),
        ({"table": []}, "must be an object"),
        ({"part": 1}, "must be an object"),
        ({"part": {}}, "a value is required"),
        ({"choice": "rmsprop"}, "must be 'sgd', 'adam' or 'adamw'"),
        ({"colour": "green"}, "must be 'red' or 'blue'"),
        ({"either": {"kind": "three"}}, "the field 'kind' must be one of 'one', 'two'"),
        ({"either": {}}, "the field 'kind' is required"),
        ({"misspelt": 1}, "unknown field; check its spelling"),
        ({"own": 2}, "only 1 fits here"),
    ],
)
def test_each_kind_of_error_says_what_is_allowed(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        Model.model_validate(given)
    assert message_of(error.value.errors()[0]) == message


def test_a_kind_without_a_message_of_its_own_is_still_not_called_input() -> None:
    class Fixed(BaseModel):
        step: int = Field(1, multiple_of=8)

    with pytest.raises(ValidationError) as error:
        Fixed.model_validate({"step": 3})
    assert message_of(error.value.errors()[0]) == "must be a multiple of 8"


@pytest.mark.parametrize(
    ("value", "message", "shown"),
    [
        (5000, "must be at most 1,000", ", got 5000"),
        ("x", "expected a number, got a string", ""),
        (5.0, "warmup_epochs (5) must be below epochs (5)", ""),
        (True, "must be a string", ", got true"),
        ({"a": 1}, "a value is required", ""),
    ],
)
def test_the_value_given_is_said_once(value: object, message: str, shown: str) -> None:
    assert got(value, message) == shown


def test_a_number_that_is_none_is_not_compared_with_a_bound() -> None:
    problem = {"type": "less_than_equal", "ctx": {"le": 10}, "input": float("nan")}
    assert message_of(problem) == "must be a finite number"
