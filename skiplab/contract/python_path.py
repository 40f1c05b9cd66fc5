"""Keep Skiplab's modules from being taken from a user's folder, which may have a `backend/` or `worker.py` of its own.

Python puts the current folder (`-m`) and those of PYTHONPATH before installed packages.
"""

import os
import sys
from pathlib import Path

OWN = ("backend", "skiplab", "worker")
"""Top-level names of Skiplab."""

INSTALLED_IN = Path(__file__).resolve().parents[2]
"""The folder that holds all of them: site-packages, or a clone."""


def child_environment() -> dict[str, str]:
    """Return variables for a child Python: it imports nothing from the current folder, nor Skiplab from another one."""
    own = {"PYTHONPATH": os.pathsep.join(each for each in _given() if not shadows(each))} if _given() else {}
    return {"PYTHONSAFEPATH": "1", **own}


def shadowing() -> list[str]:
    """Return the folders of PYTHONPATH that children do not get."""
    return [each or "." for each in _given() if shadows(each)]


def clean_own_path() -> None:
    """Remove from this process's `sys.path` what PYTHONPATH or `-m` has put there, if it shadows Skiplab."""
    added = {str(Path.cwd()), *_given()}
    sys.path[:] = [each for each in sys.path if each not in added or not shadows(each)]


def shadows(folder: str) -> bool:
    """Return whether a folder has a module or package of Skiplab's names that is another one.

    A package without `__init__.py` counts: it precedes those of an editable install.
    """
    path = Path(folder).resolve()
    if path == INSTALLED_IN:
        return False
    return any((path / name).is_dir() or (path / f"{name}.py").is_file() for name in OWN)


def _given() -> list[str]:
    """Return the folders of PYTHONPATH; an empty one is the current folder."""
    given = os.environ.get("PYTHONPATH")
    return given.split(os.pathsep) if given else []
