"""Build skiplab-lab from the checkout two folders up, with its version and requirements.

`pip install -e` works in a clone; scripts/dist.py builds the wheel in a copy of the tree that has the built dashboard
in `backend/dashboard`.
"""

import tomllib
from pathlib import Path

from setuptools import find_packages, setup

TREE = Path("../..")
"""The checkout. Relative, since setuptools refuses absolute paths; it runs this file in its folder."""

checkout = tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))
version = checkout["project"]["version"]
groups = checkout["dependency-groups"]

setup(
    version=version,
    install_requires=[f"skiplab=={version}", *groups["server"], *groups["worker"], *groups["torch"]],
    packages=find_packages(str(TREE), include=["backend*", "worker*"]),
    package_dir={name: str(TREE / name) for name in ("backend", "worker")},
    package_data={
        "backend": ["dashboard/**/*"],
        "backend.db": ["migrations/*.mako"],
        "backend.evidence": ["claims/*.toml"],
    },
    include_package_data=False,
)
