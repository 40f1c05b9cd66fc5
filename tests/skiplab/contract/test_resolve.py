"""Each field of a spec comes from the first that sets it: the request, the preset, the network, the defaults."""

import pytest

from skiplab.contract.resolve import FieldOrigin, resolve
from skiplab.contract.spec import RunSpec

GIVEN = {"model": "mine", "dataset": "digits"}


@pytest.mark.parametrize(
    ("given", "preset", "network", "value", "origin"),
    [
        ({"learning_rate": 1}, {"learning_rate": 2}, {"learning_rate": 3}, 1, "given"),
        ({}, {"learning_rate": 2}, {"learning_rate": 3}, 2, "preset"),
        ({}, {}, {"learning_rate": 3}, 3, "network"),
        ({}, {}, {}, 0.1, "default"),
    ],
)
def test_the_first_that_sets_a_field_has_it(
    given: dict[str, object],
    preset: dict[str, object],
    network: dict[str, object],
    value: float,
    origin: FieldOrigin,
) -> None:
    resolved = resolve({**GIVEN, **given}, preset, network)

    assert resolved.fields["learning_rate"] == value
    assert resolved.origins["learning_rate"] == origin


def test_every_field_of_the_spec_has_a_value_and_an_origin() -> None:
    resolved = resolve(GIVEN, {}, {})

    assert RunSpec.model_validate(resolved.fields) == RunSpec(model="mine", dataset="digits")
    assert resolved.origins.keys() == RunSpec.model_fields.keys()


def test_a_field_that_is_given_as_empty_is_given() -> None:
    assert resolve({**GIVEN, "clip_norm": None}, {"clip_norm": 1.0}, {}).fields["clip_norm"] is None
