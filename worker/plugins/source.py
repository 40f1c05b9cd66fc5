"""Where plugins come from: files and folders in SKIPLAB_HOME/plugins, and installed packages with an entry point.

Nothing here imports torch, nor a plugin before it is asked to: the worker looks here before its pool is forked.
"""

import hashlib
import importlib.util
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, entry_points
from itertools import islice
from pathlib import Path

from worker.plugins.declare import BadPlugin, Declared, DeclaredModel, declared_by, recorded
from worker.plugins.realm import Realm

GROUPS = ("skiplab.models", "skiplab.datasets")

NOT_CODE = ("__pycache__", "node_modules", "venv", "site-packages")
"""Folders that are passed over beside those that begin with a dot."""

MOST_ENTRIES = 20_000
"""Of one folder, looked at in search of code: a clone may have its images beside it."""


class Plugin(ABC):
    """One file, folder or entry point. Its code runs only in trainers, and in processes that inspect it and nothing
    else."""

    name: str
    """What cards call it; it is found again by that."""

    title: str

    realm: Realm | None = None
    """Where it was loaded."""

    @property
    def key(self) -> str:
        """What its card goes by when the plugin itself cannot say."""
        return re.sub(r"[^a-z0-9_.\-]", "_", self.title.lower()).strip("_.-") or "plugin"

    def load(self) -> list[Declared]:
        """Run its code, once in a process. Raises BadPlugin when it declares nothing, and whatever the code raises."""
        known = (type(self), self.name, self.fingerprint(), *map(str, self.files()))
        if known not in _loaded:
            self.realm = self._realm()
            self.realm.enter()
            found = self._run()
            if not found:
                raise BadPlugin(self._declares_nothing())
            _loaded[known] = self.realm, [_within(self.realm, each) for each in found]
        self.realm, found = _loaded[known]
        return found

    @abstractmethod
    def files(self) -> list[Path]:
        """What its networks depend on, as far as that is the plugin's own."""

    def silence(self) -> str | None:
        """Why there is nothing to run, as a sentence; None: its code is run to see what it declares."""
        return None

    def fingerprint(self) -> str:
        """SHA-256 of its files: belongs to the environment of a run."""
        return hash_of(self.files())

    @abstractmethod
    def _run(self) -> list[Declared]:
        """What its code declares."""

    def _realm(self) -> Realm:
        return Realm()

    def _declares_nothing(self) -> str:
        return f"{self.name} declares nothing: {self._remedy()}"

    def _remedy(self) -> str:
        return "put @model(...) or @dataset(...) from worker.plugins above a function or class"


_loaded: dict[tuple[object, ...], tuple[Realm, list[Declared]]] = {}
"""What was loaded in this process: a helper that declares networks is run by the first import alone."""


class FilePlugin(Plugin):
    """A file of SKIPLAB_HOME/plugins. Files there that begin with an underscore are for the others to import; a folder
    of the same name is on its path."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.name, self.title = file.name, file.stem
        self._folder = file.with_suffix("")

    def files(self) -> list[Path]:
        beside = sorted(self._file.parent.glob("_*.py"))
        return [self._file, *beside, *(sources(self._folder) if self._folder.is_dir() else [])]

    def _run(self) -> list[Declared]:
        spec = importlib.util.spec_from_file_location(f"skiplab_plugin_{self.title}", self._file)
        return _executed(spec)

    def _realm(self) -> Realm:
        return Realm([self._folder] if self._folder.is_dir() else [], [self._file.parent])


class FolderPlugin(Plugin):
    """A package in SKIPLAB_HOME/plugins; or a folder with code of which nobody has said what it offers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name, self.title = f"{folder.name}/", folder.name

    def silence(self) -> str | None:
        return None if (self._folder / "__init__.py").is_file() else self._declares_nothing()

    def files(self) -> list[Path]:
        return [*sources(self._folder), *sorted(self._folder.parent.glob("_*.py"))]

    def _run(self) -> list[Declared]:
        if self.silence() is not None:
            return []
        name = self.title if self.title.isidentifier() and importlib.util.find_spec(self.title) is None else None
        spec = importlib.util.spec_from_file_location(
            name or f"skiplab_plugin_{re.sub(r'[^0-9a-zA-Z_]', '_', self.title)}",
            self._folder / "__init__.py",
            submodule_search_locations=[str(self._folder)],
        )
        return _executed(spec)

    def _realm(self) -> Realm:
        return Realm([], [self._folder.parent])

    def _remedy(self) -> str:
        example = "`import models; from worker.plugins import models_of; models_of(models, 'ResNet18')`"
        beside = f"write {self.title}.py beside the folder, with lines such as {example}"
        return f"{beside}, or remove the folder from plugins/"


class PackagePlugin(Plugin):
    """An entry point of an installed package: it names a module, or one function or class of it."""

    def __init__(self, entry: EntryPoint) -> None:
        self._entry = entry
        package = entry.dist.name if entry.dist else entry.module
        self.name, self.title = f"{package}: {entry.name}", entry.name

    def files(self) -> list[Path]:
        spec = importlib.util.find_spec(self._entry.module)
        return [Path(spec.origin)] if spec is not None and spec.origin is not None else []

    def _run(self) -> list[Declared]:
        with recorded() as found:
            named = self._entry.load()
        if self._entry.attr:
            return declared_by(named)
        # A module that only imports others declares what they do.
        return list({id(each): each for each in (*found, *declared_by(named))}.values())


def find(home: Path) -> list[Plugin]:
    """All plugins in a fixed order, packages first."""
    entries = {entry.value: entry for group in GROUPS for entry in entry_points(group=group)}
    packages = [PackagePlugin(entry) for _, entry in sorted(entries.items())]
    return [*packages, *_files(home), *_folders(home)]


def named(home: Path, name: str) -> Plugin | None:
    return next((plugin for plugin in find(home) if plugin.name == name), None)


def stamp(home: Path) -> dict[str, tuple[int, int]]:
    """Differs when a file came, went or changed."""
    stamps = {}
    for file in sources(home / "plugins"):
        try:
            seen = file.stat()
        except FileNotFoundError:
            continue  # gone between the two looks
        stamps[str(file.relative_to(home))] = (seen.st_mtime_ns, seen.st_size)
    return stamps


def sources(folder: Path) -> list[Path]:
    """The Python files under a folder, in order."""
    return sorted(Path(found) for found in islice(_walked(str(folder)), MOST_ENTRIES) if found is not None)


def hash_of(files: list[Path]) -> str:
    """SHA-256 of files by their names and content; what has gone meanwhile is left out."""
    digest = hashlib.sha256()
    for file in files:
        try:
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        except FileNotFoundError:
            continue
    return digest.hexdigest()


def _walked(folder: str, *, follow: bool = True) -> Iterator[str | None]:
    """The path of each Python file, and None for each other entry. `follow`: into folders that are links, as a clone
    in plugins/ may be; not further down, where links may go round."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in NOT_CODE:
            yield None
        elif entry.is_dir(follow_symlinks=follow):
            yield from _walked(entry.path, follow=False)
        else:
            yield entry.path if entry.name.endswith(".py") else None


def _files(home: Path) -> list[Plugin]:
    return [FilePlugin(file) for file in sorted((home / "plugins").glob("[!_.]*.py")) if file.is_file()]


def _folders(home: Path) -> list[Plugin]:
    """Those with code. For one with a file of the same name beside it, that file speaks."""
    folders = sorted(path for path in (home / "plugins").glob("[!_.]*/") if path.name not in NOT_CODE)
    return [FolderPlugin(each) for each in folders if not each.with_name(f"{each.name}.py").is_file() and sources(each)]


def _executed(spec: ModuleSpec | None) -> list[Declared]:
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Known by its name, as dataclasses, pickle and relative imports want it.
    sys.modules[spec.name] = module
    with recorded() as found:
        spec.loader.exec_module(module)
    return found


def _within(realm: Realm, declared: Declared) -> Declared:
    if isinstance(declared, DeclaredModel):
        return replace(declared, build=realm.within(declared.build))
    return replace(declared, load=realm.within(declared.load))
