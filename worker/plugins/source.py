"""Where plugins come from: Python files in SKIPLAB_HOME/plugins, and installed packages with an entry point.

Nothing here imports torch, nor a plugin before it is asked to: the worker looks here before its pool is forked.
"""

import hashlib
import importlib.util
import re
import sys
from abc import ABC, abstractmethod
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from worker.plugins.declare import BadPlugin, Declared, declared

GROUPS = ("skiplab.models", "skiplab.datasets")


class Plugin(ABC):
    """One file or entry point. Its code runs only in trainers, and in processes that look at it and nothing else."""

    name: str
    """What cards call it; it is found again by that."""

    title: str

    @property
    def key(self) -> str:
        """What its card goes by when the plugin itself cannot say."""
        return re.sub(r"[^a-z0-9_.\-]", "_", self.title.lower()).strip("_.-") or "plugin"

    @abstractmethod
    def load(self) -> list[Declared]:
        """Run its code. Raises BadPlugin when it declares nothing, and whatever the code raises."""

    @abstractmethod
    def files(self) -> list[Path]:
        """What its networks depend on, as far as that is the plugin's own."""

    def fingerprint(self) -> str:
        """SHA-256 of its files: belongs to the environment of a run."""
        digest = hashlib.sha256()
        for file in self.files():
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        return digest.hexdigest()


class FilePlugin(Plugin):
    """A file of SKIPLAB_HOME/plugins. Files there that begin with an underscore are for the others to import."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.name, self.title = file.name, file.stem

    def load(self) -> list[Declared]:
        folder = str(self._file.parent)
        if folder not in sys.path:
            sys.path.append(folder)
        return _some(self, list(vars(self._module()).values()))

    def files(self) -> list[Path]:
        return [self._file, *sorted(self._file.parent.glob("_*.py"))]

    def _module(self) -> ModuleType:
        name = f"skiplab_plugin_{self.title}"
        spec = importlib.util.spec_from_file_location(name, self._file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        # Known by its name, as dataclasses and pickle want it.
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module


class PackagePlugin(Plugin):
    """An entry point of an installed package: it names a module, or one marked function of it."""

    def __init__(self, entry: EntryPoint) -> None:
        self._entry = entry
        package = entry.dist.name if entry.dist else entry.module
        self.name, self.title = f"{package}: {entry.name}", entry.name

    def load(self) -> list[Declared]:
        named = self._entry.load()
        return _some(self, list(vars(named).values()) if isinstance(named, ModuleType) else [named])

    def files(self) -> list[Path]:
        spec = importlib.util.find_spec(self._entry.module)
        return [Path(spec.origin)] if spec is not None and spec.origin is not None else []


def find(home: Path) -> list[Plugin]:
    """All plugins in a fixed order, packages first."""
    entries = {entry.value: entry for group in GROUPS for entry in entry_points(group=group)}
    packages = [PackagePlugin(entry) for _, entry in sorted(entries.items())]
    return [*packages, *(FilePlugin(file) for file in _files(home) if not file.name.startswith("_"))]


def named(home: Path, name: str) -> Plugin | None:
    return next((plugin for plugin in find(home) if plugin.name == name), None)


def stamp(home: Path) -> dict[str, tuple[int, int]]:
    """Differs when a file came, went or changed."""
    stamps = {}
    for file in _files(home):
        try:
            seen = file.stat()
        except FileNotFoundError:
            continue  # gone between the two looks
        stamps[file.name] = (seen.st_mtime_ns, seen.st_size)
    return stamps


def _files(home: Path) -> list[Path]:
    return sorted((home / "plugins").glob("*.py"))


def _some(plugin: Plugin, objects: list[object]) -> list[Declared]:
    found = declared(objects)
    if not found:
        raise BadPlugin(
            f"{plugin.name} declares nothing: put @model(...) or @dataset(...) from worker.plugins above a function"
        )
    return found
