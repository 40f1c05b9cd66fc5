"""What a run was asked, as the database keeps it: its kind, and its config with the version of the config's form.

A stored config is read as it ran, by the chain below, and never refused by today's bounds. A new field of the run spec
says with itself `since` which version there is one. Removing or renaming a field, or changing a default, adds a
function to UPGRADES, which gives older configs the value that they trained with. Either raises VERSION, so that a
worker of an older Skiplab refuses a run that it would train otherwise than asked.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from skiplab.contract.spec import ABOUT

Config = dict[str, Any]
Upgrade = Callable[[Config], Config]


class RunKind(StrEnum):
    LAB = "lab"
    """A run spec, trained by the lab's own engine."""

    SCRIPT = "script"
    """A project's own command with its fields, started by a worker."""

    EXTERNAL = "external"
    """Trained elsewhere, and logged by a client while it trains."""

    IMPORTED = "imported"
    """Read from another tool's files."""


BY_WORKERS = frozenset({RunKind.LAB, RunKind.SCRIPT})
"""Kinds that wait in the queue and are started by a worker; of the others the lab keeps what it is told."""

UPGRADES: Mapping[int, Upgrade] = {}
"""Version to the function that turns a lab run's config of that version into one of the next. Version 1 is the run spec
of commit 9766b8e; in what was stored before it, fields may be missing that had their defaults then."""

VERSION = max(*(each.since for each in ABOUT.values()), *(version + 1 for version in UPGRADES))
"""Of the configs that this version writes."""


class LaterVersion(Exception):
    """A config was stored by a later version of Skiplab."""


def upgraded(config: Config, version: int, *, to: int = VERSION, chain: Mapping[int, Upgrade] = UPGRADES) -> Config:
    """A copy of a stored config in the form of version `to`. Raises LaterVersion."""
    if version > to:
        raise LaterVersion(f"its config has version {version}, and this version of Skiplab reads up to {to}")
    config = dict(config)
    for each in range(max(version, 1), to):
        config = chain[each](config) if each in chain else config
    return config
