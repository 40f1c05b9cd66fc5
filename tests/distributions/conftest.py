"""The wheels of this version, built once from the checkout as `make dist` does."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.distributions.installs import Environment, requirements_of

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Wheels:
    skiplab: Path
    lab: Path


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "dist.py", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (skiplab,), (lab,) = folder.glob("skiplab-*.whl"), folder.glob("skiplab_lab-*.whl")
    return Wheels(skiplab, lab)


@pytest.fixture(scope="session")
def client(wheels: Wheels, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What `pip install skiplab` makes: the client alone, and what it requires."""
    made = Environment(tmp_path_factory.mktemp("client"))
    made.install(wheels.skiplab)
    made.borrow(requirements_of(made.site, "skiplab"))
    return made
