"""The stored configuration of a run: its kind, and its config with the version of the config's schema.

A stored config is upgraded by the functions below, and never refused by bounds that are newer than it. A new field of
the run spec declares in `since` the first version that has it. Removing or renaming a field, or changing a default,
adds a function to UPGRADES that gives older configs the value they trained with. Either raises VERSION, so that a
worker of an older Skiplab refuses a run that it would train with other settings.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from skiplab.contract.spec import ABOUT

Config = dict[str, Any]
Upgrade = Callable[[Config], Config]


class RunKind(StrEnum):
    LAB = "lab"
    """Trained from a run spec by Skiplab's own training loop."""

    SCRIPT = "script"
    """A user's own training command with declared fields, started by a worker."""

    EXTERNAL = "external"
    """Trained elsewhere and logged by a client during training."""

    IMPORTED = "imported"
    """Imported from the files of another tool."""


BY_WORKERS = frozenset({RunKind.LAB, RunKind.SCRIPT})
"""Kinds that are queued and run by a worker; runs of the others are only recorded."""

UPGRADES: Mapping[int, Upgrade] = {}
"""Version to the function that upgrades a lab run's config of that version to the next. Version 1 is the run spec of
commit 9766b8e; configs stored earlier may lack fields, which had their defaults then."""

VERSION = max(*(each.since for each in ABOUT.values()), *(version + 1 for version in UPGRADES))
"""Version of newly stored configs."""


class LaterVersion(Exception):
    """A config was stored by a later version of Skiplab."""


def upgraded(config: Config, version: int, *, to: int = VERSION, chain: Mapping[int, Upgrade] = UPGRADES) -> Config:
    """Return a copy of a stored config, upgraded to version `to`. Raises LaterVersion."""
    if version > to:
        raise LaterVersion(f"its config has version {version}, but this version of Skiplab reads only up to {to}")
    config = dict(config)
    for step in range(max(version, 1), to):
        config = chain[step](config) if step in chain else config
    return config
