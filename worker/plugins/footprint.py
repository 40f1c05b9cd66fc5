"""Which code a run's plugins brought into this process: their own files by content, installed packages by version."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from worker.plugins.code import LAB, imports, is_installed, is_standard, versions


@dataclass
class Imported:
    """`files`: SHA-256 by path from the plugins folder or, of code that is elsewhere, by module. `packages`: version
    by the name it is installed by."""

    files: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)


class Footprint:
    """Knows what was imported before it was made; all that comes later is taken for the plugins'."""

    def __init__(self, home: Path) -> None:
        self._seen = {_known_by(name) for name in sys.modules}
        self._plugins = (home / "plugins").resolve()
        self._imported = Imported()
        self._tops: set[str] = set()

    def take(self) -> Imported:
        """What has been imported until now. A file is read the first time that it is seen, which is when it was
        imported: what becomes of it later does not matter."""
        for name, path in self._new_files():
            top = name.partition(".")[0]
            if is_installed(path):
                self._tops.add(top)
            elif top not in LAB and not is_standard(path):
                content = path.read_bytes()
                self._imported.files[self._called(name, path)] = hashlib.sha256(content).hexdigest()
                self._tops |= imports(content)
        self._imported.packages |= versions(self._tops)
        self._tops = set()
        return Imported(dict(self._imported.files), dict(self._imported.packages))

    def skip(self) -> None:
        """Leave out what has been imported since the last `take`: it is not the run's network's or data's."""
        for _ in self._new_files():
            pass

    def _new_files(self) -> Iterator[tuple[str, Path]]:
        """Two plugins may each have a module of one name: it is known by its file as well."""
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
    """Name and file of an imported module."""
    module = sys.modules.get(name)
    file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
    return name, file if isinstance(file, str) else None


def changed(before: Imported, after: Imported) -> list[str]:
    """What is in both and differs, in words. A file that only one of them has is imported by another that differs."""
    edited = [name for name, digest in after.files.items() if before.files.get(name, digest) != digest]
    moved = [
        f"{name} {before.packages[name]} -> {version}"
        for name, version in after.packages.items()
        if before.packages.get(name, version) != version
    ]
    return sorted(edited) + sorted(moved)
