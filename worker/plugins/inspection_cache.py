"""Cache the findings of inspections in the plugins folder, so that only changed plugins are inspected again."""

import json
import time
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ValidationError

from worker.plugins.files import hash_of
from worker.plugins.inspection import Findings
from worker.plugins.plugin import Plugin
from worker.temporary import temporary_beside

FILE = ".inspected.json"

CHANGED = ""
"""Stands for the hash of files that were changed during the inspection."""


class Inspected(BaseModel):
    """Findings, and the state of the files that they belong to."""

    findings: Findings
    fingerprint: str  # of the plugin's own files
    imported_sha256: str  # of all files that were imported
    seconds: float

    @classmethod
    def of(cls, findings: Findings, fingerprint: str, *, began: float, seconds: float) -> Self:
        """Create an entry. `began`: Unix time of the inspection's start.

        A file that was changed since may have been read before or after; such findings are never current.
        """
        files = [Path(file) for file in findings.files]
        imported = hash_of(files) if not _changed_since(files, began) else CHANGED
        return cls(findings=findings, fingerprint=fingerprint, imported_sha256=imported, seconds=seconds)

    def is_current(self, plugin: Plugin) -> bool:
        """Return whether the findings are those of the plugin's current files, and no failure is temporary."""
        files = [Path(file) for file in self.findings.files]
        return (
            not self.findings.is_transient
            and self.fingerprint == plugin.fingerprint()
            and self.imported_sha256 == hash_of(files)
        )


def _changed_since(files: list[Path], began: float) -> bool:
    """Return whether a file was changed after `began`.

    Times in the future are ignored: a file written by a host with a fast clock would never be current.
    """
    now = time.time()
    for file in files:
        try:
            if began < file.stat().st_mtime <= now:
                return True
        except FileNotFoundError:
            continue
    return False


class InspectionCache:
    """The findings of all plugins, in one file."""

    def __init__(self, home: Path) -> None:
        self._file = home / "plugins" / FILE
        self._known = _read(self._file)

    def of(self, plugin: str) -> Inspected | None:
        return self._known.get(plugin)

    def datasets(self) -> dict[str, str]:
        """Return the plugin that provides each data set, by key."""
        return {card.key: name for name, each in self._known.items() for card in each.findings.datasets}

    def seconds(self, plugin: str) -> float:
        """Return how long the last inspection of a plugin took; 0 for a new one, which is then inspected first."""
        known = self._known.get(plugin)
        return 0.0 if known is None else known.seconds

    def keep(self, plugin: str, inspected: Inspected) -> None:
        """Store an entry atomically, unless the plugins folder was deleted."""
        self._known[plugin] = inspected
        if not self._file.parent.is_dir():
            return
        temporary = temporary_beside(self._file)
        temporary.write_text(json.dumps({name: each.model_dump(mode="json") for name, each in self._known.items()}))
        temporary.replace(self._file)


def _read(file: Path) -> dict[str, Inspected]:
    """Return the entries of a file; none if it is missing or was written by another version."""
    try:
        found = json.loads(file.read_text())
        return {name: Inspected.model_validate(each) for name, each in found.items()}
    except (OSError, ValueError, AttributeError, ValidationError):
        return {}
