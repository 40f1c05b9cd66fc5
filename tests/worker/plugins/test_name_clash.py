"""A plugin's own module that is called like a package of Skiplab: refused by name, never mistaken."""

import builtins
from pathlib import Path

import pytest

from tests.worker.plugins.inspected import HEAD, Write, errors

NETWORK = HEAD + "import {name}\n@model('mine')\ndef build(num_classes):\n    return {name}.network(num_classes)\n"
HELPER = """
from torch import nn

def network(classes):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, classes))
"""


@pytest.mark.parametrize("name", ["worker", "backend"])
def test_an_own_module_of_that_name_is_refused_with_what_to_do(plugin: Write, tmp_path: Path, name: str) -> None:
    plugin("nets.py", NETWORK.format(name=name))
    plugin(f"nets/{name}.py", HELPER)

    (error,) = errors(tmp_path, "nets.py").values()

    assert f"`import {name}` would import Skiplab's own package `{name}`" in str(error)
    assert "rename that module" in str(error)
    assert f"nets.py, line 3: import {name}" in str(error)


def test_an_own_package_and_a_module_in_it_are_refused_too(plugin: Write, tmp_path: Path) -> None:
    plugin("nets.py", HEAD + "from worker.layers import network\nmodel('mine')(network)\n")
    plugin("nets/worker/layers.py", HELPER)
    (error,) = errors(tmp_path, "nets.py").values()
    assert "`import worker.layers` would import Skiplab's own" in str(error)


def test_a_module_of_that_name_which_is_not_imported_disturbs_nobody(plugin: Write, tmp_path: Path) -> None:
    """As in a clone whose scripts import it; and an older plugin's import of Skiplab's own is still that."""
    plugin("nets.py", "from worker.plugins import model\nimport layers\nmodel('mine')(layers.network)\n")
    plugin("nets/layers.py", HELPER)
    plugin("nets/worker.py", "raise SystemExit('this must not run')\n")
    assert errors(tmp_path, "nets.py") == {"mine": None}


def test_imports_are_as_before_afterwards(plugin: Write, tmp_path: Path) -> None:
    before = builtins.__import__
    test_an_own_module_of_that_name_is_refused_with_what_to_do(plugin, tmp_path, "worker")
    plugin("other.py", NETWORK.format(name="json"))
    errors(tmp_path, "other.py")
    assert builtins.__import__ is before
