"""Which code a run's plugins brought into this process: their own files by content, installed packages by version."""

import ast
import hashlib
import site
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import ModuleType

LAB = ("worker", "backend", "skiplab")
"""Top-level packages whose version is the lab's own."""


@dataclass
class Imported:
    """`files`: SHA-256 by path from the plugins folder or, of code that is elsewhere, by module. `packages`: version
    by the name it is installed by."""

    files: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)


class Footprint:
    """Knows what was imported before it was made; all that comes later is taken for the plugins'."""

    def __init__(self, home: Path) -> None:
        self._seen = set(sys.modules)
        self._plugins = (home / "plugins").resolve()
        self._installed = _folders("purelib", "platlib", *site.getsitepackages(), site.getusersitepackages())
        self._standard = _folders("stdlib", "platstdlib")
        self._imported = Imported()
        self._tops: set[str] = set()

    def take(self) -> Imported:
        """What has been imported until now. A file is read the first time that it is seen, which is when it was
        imported: what becomes of it later does not matter."""
        for name, path in self._new_files():
            top = name.partition(".")[0]
            if _is_in(path, self._installed):
                self._tops.add(top)
            elif top not in LAB and not _is_in(path, self._standard):
                content = path.read_bytes()
                self._imported.files[self._called(name, path)] = hashlib.sha256(content).hexdigest()
                self._tops |= _imports(content)
        self._imported.packages |= _versions(self._tops)
        self._tops = set()
        return Imported(dict(self._imported.files), dict(self._imported.packages))

    def _new_files(self) -> Iterator[tuple[str, Path]]:
        for name in sorted(sys.modules.keys() - self._seen):
            self._seen.add(name)
            module = sys.modules.get(name)
            file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
            if isinstance(file, str) and (path := Path(file)).is_file():
                yield name, path.resolve()

    def _called(self, module: str, path: Path) -> str:
        if path.is_relative_to(self._plugins):
            return path.relative_to(self._plugins).as_posix()
        return f"{module.replace('.', '/')}{path.suffix}"


def changed(before: Imported, after: Imported) -> list[str]:
    """What is in both and differs, in words. A file that only one of them has is imported by another that differs."""
    edited = [name for name, digest in after.files.items() if before.files.get(name, digest) != digest]
    moved = [
        f"{name} {before.packages[name]} -> {version}"
        for name, version in after.packages.items()
        if before.packages.get(name, version) != version
    ]
    return sorted(edited) + sorted(moved)


def _imports(source: bytes) -> set[str]:
    """Top-level names that a file imports anywhere, also where another module had imported them before."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()  # no Python: compiled code
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def _versions(tops: set[str]) -> Mapping[str, str]:
    outside = tops - set(LAB) - sys.stdlib_module_names
    if not outside:
        return {}
    names = {name for top, names in metadata.packages_distributions().items() if top in outside for name in names}
    return {name: metadata.version(name) for name in sorted(names)}


def _folders(*named: str) -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    return tuple(Path(paths.get(name, name)).resolve() for name in named)


def _is_in(path: Path, folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
