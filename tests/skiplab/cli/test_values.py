"""Values of fields given as text: by flags, by --vary and in files."""

from typing import Any

import pytest

from skiplab.cli.spec_file import read
from skiplab.cli.values import BadValue, field_named, value, values


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("epochs", "5", 5),
        ("learning_rate", "1e-3", 0.001),
        ("clip_norm", "none", None),
        ("train_limit", "1000", 1000),
        ("milestones", "0.5,0.75", [0.5, 0.75]),
        ("telemetry", "layers,steps", ["layers", "steps"]),
        ("telemetry", "", []),
        ("augment", "none", "none"),
        ("compile", "on", "on"),
        ("model", "007", "007"),
    ],
)
def test_a_text_becomes_a_value_of_its_field(field: str, text: str, expected: Any) -> None:
    assert value(field, text) == expected


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("learning_rate", "0.01, 1e-1", [0.01, 0.1]),
        ("seed", "0-2,7", [0, 1, 2, 7]),
        ("model", "cnn,resnet18", ["cnn", "resnet18"]),
        ("milestones", "[0.5],[0.3,0.6]", [[0.5], [0.3, 0.6]]),
        ("ema", "none,0.999", [None, 0.999]),
        ("nesterov", "true,false", [True, False]),
    ],
)
def test_values_that_vary_are_separated_by_commas(field: str, text: str, expected: list[Any]) -> None:
    assert values(field, text) == expected


@pytest.mark.parametrize("name", ["lr", "learning-rate", "learning_rate"])
def test_a_field_has_its_name_with_either_separator_and_a_short_one(name: str) -> None:
    assert field_named(name) == "learning_rate"


def test_an_unknown_field_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadValue, match="unknown field 'lrr'; fields: model, dataset"):
        field_named("lrr")


def test_a_file_may_have_fields_beside_the_other_keys() -> None:
    flat = read("model: cnn\nepochs: 5\nname: one\ntags: [mine]")
    assert (flat.spec, flat.name, flat.tags) == ({"model": "cnn", "epochs": 5}, "one", ["mine"])


def test_a_file_may_have_spec_and_vary_with_short_names() -> None:
    found = read('{"spec": {"lr": 1e-3}, "vary": {"batch": [32, 64]}, "preset": "fast"}')
    assert (found.spec, found.vary, found.preset) == ({"learning_rate": 0.001}, {"batch_size": [32, 64]}, "fast")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- a list", "expected fields with their values"),
        ("model: [", "not valid YAML"),
        ("modell: cnn", "modell: unknown field"),
        ("priority: urgent", "priority: must be 'low', 'normal' or 'high'"),
        ("spec: {lrr: 1}", "unknown field 'lrr'"),
    ],
)
def test_a_bad_file_is_refused_in_words(text: str, reason: str) -> None:
    with pytest.raises(BadValue, match=reason):
        read(text)
