"""Configs that earlier versions stored are read as they ran."""

import json
from pathlib import Path
from typing import Any

import pytest

from skiplab.contract import stored
from skiplab.contract.config import UPGRADES, VERSION, Config, LaterVersion, upgraded
from skiplab.contract.spec import ABOUT, RunSpec

WRITTEN = Path(__file__).parents[2] / "fixtures" / "configs"
"""For each version of configs, the fields that it writes, with their defaults. RunSpec of today writes the last."""


def written_by(version: int) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((WRITTEN / f"{version}.json").read_text())
    return fields


def todays() -> dict[str, Any]:
    shown = RunSpec(model="cnn", dataset="digits").model_dump(mode="json")
    return {name: None if field.is_required() else shown[name] for name, field in RunSpec.model_fields.items()}


def test_a_field_that_comes_goes_or_changes_its_default_raises_the_version() -> None:
    """If this fails: give a new field its `since`, write an upgrade for any other change, and keep what todays() gives
    as the next version's file."""
    assert todays() == written_by(VERSION)


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_config_of_each_version_becomes_a_spec_of_today(version: int) -> None:
    config = {**written_by(version), "model": "cnn", "dataset": "digits"}

    read = stored.read(config, version, model=None, dataset=None)

    assert read.problem is None
    assert read.spec == RunSpec.model_validate(upgraded(config, version))


def test_what_a_version_adds_says_since_when_and_all_else_has_an_upgrade() -> None:
    assert min(each.since for each in ABOUT.values()) == 1
    for version in range(1, VERSION):
        before, after = written_by(version), written_by(version + 1)
        added = after.keys() - before.keys()
        only_added = {name: value for name, value in after.items() if name not in added} == before
        declared = all(ABOUT[name].since == version + 1 for name in added)
        assert (only_added and declared) or version in UPGRADES, f"between configs {version} and {version + 1}"


def test_a_version_without_an_upgrade_leaves_a_config_as_it_is() -> None:
    assert upgraded({"lr": 0.1}, 1, to=3, chain={}) == {"lr": 0.1}


def test_upgrades_are_applied_one_after_the_other_and_leave_the_stored_config_alone() -> None:
    def rename(config: Config) -> Config:
        return {**config, "rate": config.pop("lr")}

    def scale(config: Config) -> Config:
        return {**config, "rate": 10 * config["rate"]}

    kept = {"lr": 0.1, "seed": 1}
    chain = {1: rename, 2: scale}

    assert upgraded(kept, 1, to=3, chain=chain)["rate"] == 1.0
    assert upgraded({"rate": 0.1}, 2, to=3, chain=chain) == {"rate": 1.0}
    assert upgraded({"rate": 0.1}, 3, to=3, chain=chain) == {"rate": 0.1}
    assert kept == {"lr": 0.1, "seed": 1}


def test_a_config_of_a_later_version_is_shown_and_says_why_it_is_not_used() -> None:
    config = {"model": "cnn", "dataset": "digits", "epochs": 7, "brand_new": True}

    read = stored.read(config, VERSION + 1, model="cnn", dataset="digits")

    assert read.spec.epochs == 7
    assert read.problem is not None
    assert f"version {VERSION + 1}" in read.problem
    with pytest.raises(LaterVersion):
        upgraded(config, VERSION + 1)


@pytest.mark.parametrize("version", [VERSION, VERSION + 1])
def test_what_is_of_no_use_in_a_config_has_its_default_whatever_version_wrote_it(version: int) -> None:
    """A later version may have given a field another type."""
    config = {"model": "cnn", "dataset": "digits", "epochs": "ten", "telemetry": 5, "batch_size": 10**9}

    read = stored.read(config, version, model="cnn", dataset="digits")

    default = RunSpec(model="cnn", dataset="digits")
    assert (read.spec.epochs, read.spec.telemetry, read.spec.batch_size) == (default.epochs, default.telemetry, 10**9)
    assert read.problem is not None


def test_configs_that_differ_in_a_type_alone_are_told_apart() -> None:
    """Readings are remembered, and 1 == True."""
    good = {"model": "cnn", "dataset": "digits", "epochs": 1, "nesterov": True}

    assert stored.read(good, 1, model=None, dataset=None).problem is None
    assert stored.read({**good, "nesterov": 1}, 1, model=None, dataset=None).problem is not None
