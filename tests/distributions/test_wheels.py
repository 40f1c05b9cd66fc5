"""What is in the two distributions, and what they require."""

import sys
import tomllib
from email.message import Message
from email.parser import Parser
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.distributions.conftest import ROOT, Wheels
from tests.distributions.installs import closure
from tests.test_imports import imports

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def names(wheel: Path) -> set[str]:
    with ZipFile(wheel) as found:
        return {name for name in found.namelist() if ".dist-info/" not in name}


def tops(wheel: Path) -> set[str]:
    return {name.partition("/")[0] for name in names(wheel)}


def about(wheel: Path) -> Message:
    with ZipFile(wheel) as found:
        (card,) = (name for name in found.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(found.read(card).decode())


def of_the_checkout(*folders: str) -> set[str]:
    return {
        str(file.relative_to(ROOT))
        for folder in folders
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_the_client_ships_one_package_and_the_lab_the_other_two(wheels: Wheels) -> None:
    assert tops(wheels.skiplab) == {"skiplab"}
    assert tops(wheels.lab) == {"backend", "worker"}


def test_no_file_of_the_packages_is_missing(wheels: Wheels) -> None:
    """Claims and templates of migrations too, which are no Python."""
    assert of_the_checkout("skiplab") == names(wheels.skiplab)
    page = {name for name in names(wheels.lab) if name.startswith("backend/dashboard/")}
    assert of_the_checkout("backend", "worker") == names(wheels.lab) - page
    assert {"backend/evidence/claims/report.toml", "backend/db/migrations/script.py.mako"} <= names(wheels.lab)


def test_the_lab_has_the_built_dashboard(wheels: Wheels) -> None:
    built = {name.removeprefix("frontend/dist/") for name in of_the_checkout("frontend/dist")}
    shipped = {name.removeprefix("backend/dashboard/") for name in names(wheels.lab) if "/dashboard/" in name}
    assert "index.html" in shipped
    assert shipped == built


def test_both_are_of_one_version_and_the_extra_asks_for_it(wheels: Wheels) -> None:
    version = PROJECT["project"]["version"]
    client, lab = about(wheels.skiplab), about(wheels.lab)
    assert (client["Version"], lab["Version"]) == (version, version)
    assert f'skiplab-lab=={version}; extra == "lab"' in client.get_all("Requires-Dist", [])
    assert f"skiplab[mcp]=={version}" in lab.get_all("Requires-Dist", [])


def test_the_lab_declares_torch_and_the_client_neither_torch_nor_a_server(wheels: Wheels) -> None:
    lab = " ".join(requirements(wheels.lab))
    client = " ".join(requirements(wheels.skiplab))
    for package in ("torch>=", "torchvision>=", "fastapi", "celery", "scikit-learn"):
        assert package in lab
        assert package not in client


OPTIONAL = {"PIL", "matplotlib", "pandas", "polars"}
"""Imported only where the user's environment has them."""


@pytest.mark.parametrize(("folders", "wheel"), [(("skiplab",), "skiplab"), (("backend", "worker"), "lab")])
def test_what_is_imported_is_declared(wheels: Wheels, folders: tuple[str, ...], wheel: str) -> None:
    """Or required by what is declared, by the extra `mcp` too; also inside functions, but for what belongs to the other
    distribution."""
    packages = packages_distributions()
    wanted = [*requirements(wheels.skiplab), *of_extra(wheels.skiplab, "mcp"), *requirements(getattr(wheels, wheel))]
    there = {each.metadata["Name"] for each in closure(wanted, without=frozenset({"skiplab"}))}
    undeclared = {
        module
        for folder in folders
        for source in (ROOT / folder).rglob("*.py")
        for module in {each.partition(".")[0] for each in imports(source)} - OPTIONAL - {"skiplab", "backend", "worker"}
        if module not in sys.stdlib_module_names and not there.intersection(packages.get(module, []))
    }
    assert undeclared == set()


def of_extra(wheel: Path, extra: str) -> list[str]:
    """Return what an extra of a wheel requires."""
    found = [each.partition(";") for each in about(wheel).get_all("Requires-Dist", [])]
    return [requirement.strip() for requirement, _, marker in found if f'extra == "{extra}"' in marker]


def requirements(wheel: Path) -> list[str]:
    return [each for each in about(wheel).get_all("Requires-Dist", []) if "extra ==" not in each]


@pytest.mark.parametrize("wheel", ["skiplab", "lab"])
def test_the_licence_is_shipped(wheels: Wheels, wheel: str) -> None:
    with ZipFile(getattr(wheels, wheel)) as found:
        assert any(name.endswith("licenses/LICENSE") for name in found.namelist())
