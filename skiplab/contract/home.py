"""The folder of a lab's data where SKIPLAB_HOME names none."""

import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
"""Folder of the package `skiplab`: a clone, or the site-packages that it is installed in."""

MARKS = ("skiplab.db", "skiplab.lock", "plugins", "claims")
"""Each of these in a folder says that it is a lab's home: Skiplab or its user made it there."""


def default_home(folder: Path = Path(), *, checkout: Path = CHECKOUT) -> Path:
    """Return `data` in the present folder if it is a lab's home, in a clone even before the first start; else the
    user's data folder.

    A folder `data` with other contents is left alone: in many projects it holds data sets, and a home is closed to
    other users.
    """
    here = folder / "data"
    if is_clone(checkout) and folder.resolve() == checkout:
        return here
    if _is_home(here):
        return here
    return user_home() or here


def is_clone(checkout: Path = CHECKOUT) -> bool:
    """Return whether this code is a clone, where `make setup` builds the dashboard and installs packages."""
    return (checkout / "pyproject.toml").is_file()


def _is_home(folder: Path) -> bool:
    """Return whether a folder is empty, such as one that was made for a lab, or has what only a lab's home has."""
    try:
        names = {each.name for each in folder.iterdir()}
    except OSError:
        return False
    return not names or not names.isdisjoint(MARKS)


def user_home() -> Path | None:
    """Return the folder that the platform has for a user's data; None for a user without a home folder.

    Two systems, so no library: this package depends on pydantic alone.
    """
    try:
        own = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return own / "Library" / "Application Support" / "skiplab"
    # The XDG base directory specification; it says that a relative path is to be ignored.
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (given if given.is_absolute() else own / ".local" / "share") / "skiplab"
