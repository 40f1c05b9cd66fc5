"""What inspections found, kept beside the plugins: who has not changed is not inspected again."""

import json
import time
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ValidationError

from worker.plugins.files import hash_of
from worker.plugins.inspection import Findings
from worker.plugins.source import Plugin
from worker.temporary import temporary_beside

FILE = ".inspected.json"


CHANGED = ""
"""Instead of a hash, where files were changed while they were inspected."""


class Inspected(BaseModel):
    findings: Findings
    fingerprint: str  # of the plugin's own files
    imported: str  # SHA-256 of all files that were imported
    seconds: float

    @classmethod
    def of(cls, findings: Findings, fingerprint: str, *, began: float, seconds: float) -> Self:
        """`began`: when, on the clock of the files. What was changed since may have been read before or after: such
        findings are never current."""
        files = [Path(file) for file in findings.files]
        imported = hash_of(files) if not _changed_since(files, began) else CHANGED
        return cls(findings=findings, fingerprint=fingerprint, imported=imported, seconds=seconds)

    def is_current(self, plugin: Plugin) -> bool:
        files = [Path(file) for file in self.findings.files]
        return (
            not self.findings.is_transient
            and self.fingerprint == plugin.fingerprint()
            and self.imported == hash_of(files)
        )


def _changed_since(files: list[Path], began: float) -> bool:
    """Not in the future: what another machine's clock says there would be new for ever."""
    now = time.time()
    for file in files:
        try:
            if began < file.stat().st_mtime <= now:
                return True
        except FileNotFoundError:
            continue
    return False


class InspectionCache:
    def __init__(self, home: Path) -> None:
        self._file = home / "plugins" / FILE
        self._known = _read(self._file)

    def of(self, plugin: str) -> Inspected | None:
        return self._known.get(plugin)

    def datasets(self) -> dict[str, str]:
        """Key of a data set to the plugin that loads it."""
        return {card.key: name for name, each in self._known.items() for card in each.findings.datasets}

    def seconds(self, plugin: str) -> float:
        """How long its last inspection took; a new one is looked at first."""
        known = self._known.get(plugin)
        return 0.0 if known is None else known.seconds

    def keep(self, plugin: str, inspected: Inspected) -> None:
        self._known[plugin] = inspected
        if not self._file.parent.is_dir():
            return
        whole = temporary_beside(self._file)
        whole.write_text(json.dumps({name: each.model_dump(mode="json") for name, each in self._known.items()}))
        whole.replace(self._file)


def _read(file: Path) -> dict[str, Inspected]:
    """Nothing where there is none, or where it is of another version of the lab."""
    try:
        found = json.loads(file.read_text())
        return {name: Inspected.model_validate(each) for name, each in found.items()}
    except (OSError, ValueError, AttributeError, ValidationError):
        return {}
