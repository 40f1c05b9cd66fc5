"""Presets are specs that the lab takes, and say where they come from."""

import pytest

from skiplab.contract.presets import PRESETS
from skiplab.contract.spec import RunSpec


@pytest.mark.parametrize("key", PRESETS)
def test_every_preset_is_a_spec_that_the_lab_takes_and_names_its_source(key: str) -> None:
    preset = PRESETS[key]
    spec = RunSpec.model_validate({"model": "cnn", "dataset": "digits", **preset.fields})
    assert all(getattr(spec, field) == value for field, value in preset.fields.items())
    assert len(preset.source) > 30


def test_the_papers_recipes_are_the_papers() -> None:
    he = PRESETS["he2016"].fields
    # 64,000 steps of 128 images are 164 passes over 50,000, as the paper's 50,000 (45,000 with validation) round to.
    assert round(64_000 * he["batch_size"] / 50_000) == he["epochs"]
    assert (he["learning_rate"], he["weight_decay"], he["momentum"]) == (0.1, 1e-4, 0.9)
    huang = PRESETS["huang2017"].fields
    assert (huang["epochs"], huang["batch_size"], huang["milestones"]) == (300, 64, (0.5, 0.75))
