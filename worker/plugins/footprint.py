"""Record the code that a run's plugins import: their own files by hash, installed packages by version."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from skiplab.contract.python_path import OWN
from worker.plugins.code import imports, is_installed, is_standard, versions


@dataclass
class Imported:
    """Imported code.

    `files`: SHA-256 by path relative to the plugins folder; for code elsewhere, by module. `packages`: version by
    distribution name.
    """

    files: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)


class Footprint:
    """Attributes all modules imported after its creation to the plugins."""

    def __init__(self, home: Path) -> None:
        self._seen = {_known_by(name) for name in sys.modules}
        self._plugins = (home / "plugins").resolve()
        self._imported = Imported()
        self._tops: set[str] = set()

    def take(self) -> Imported:
        """Return everything imported so far. Each file is hashed once, soon after its import, and not if it is edited
        later."""
        for name, path in self._new_files():
            top = name.partition(".")[0]
            if is_installed(path):
                self._tops.add(top)
            elif top not in OWN and not is_standard(path):
                content = path.read_bytes()
                self._imported.files[self._called(name, path)] = hashlib.sha256(content).hexdigest()
                self._tops |= imports(content)
        self._imported.packages |= versions(self._tops)
        self._tops = set()
        return Imported(dict(self._imported.files), dict(self._imported.packages))

    def skip(self) -> None:
        """Ignore imports since the last `take`, which belong neither to the run's network nor to its data."""
        for _ in self._new_files():
            pass

    def _new_files(self) -> Iterator[tuple[str, Path]]:
        """Yield new modules by name and file; two plugins may have modules of the same name."""
        for name in sorted(sys.modules):
            known_by = _known_by(name)
            if known_by in self._seen:
                continue
            self._seen.add(known_by)
            if known_by[1] is not None and (path := Path(known_by[1])).is_file():
                yield name, path.resolve()

    def _called(self, module: str, path: Path) -> str:
        if path.is_relative_to(self._plugins):
            return path.relative_to(self._plugins).as_posix()
        return f"{module.replace('.', '/')}{path.suffix}"


def _known_by(name: str) -> tuple[str, str | None]:
    """Return name and file of an imported module."""
    module = sys.modules.get(name)
    file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
    return name, file if isinstance(file, str) else None


def changed(before: Imported, after: Imported) -> list[str]:
    """Describe files and packages that are in both and differ.

    Files in one only are not listed: they are imported by another file that differs.
    """
    edited = [name for name, digest in after.files.items() if before.files.get(name, digest) != digest]
    moved = [
        f"{name} {before.packages[name]} -> {version}"
        for name, version in after.packages.items()
        if before.packages.get(name, version) != version
    ]
    return sorted(edited) + sorted(moved)
