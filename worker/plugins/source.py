"""Where plugins come from: files and folders in SKIPLAB_HOME/plugins, and installed packages with an entry point.

Nothing here imports torch, nor a plugin before it is asked to: the worker looks here before its pool is forked.
"""

import importlib.util
import re
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from skiplab.plugins import BadPlugin, Declared, DeclaredDataset, DeclaredModel, declared_by, recorded
from worker.plugins.code import version_of
from worker.plugins.files import NOT_CODE, hash_of, sources
from worker.plugins.helpers import helpers_of
from worker.plugins.import_scope import ImportScope
from worker.plugins.script import as_script, run_as

STRAY = (".ipynb", ".zip")

GROUPS = ("skiplab.models", "skiplab.datasets")


class Plugin(ABC):
    """One file, folder or entry point. Its code runs only in trainers, and in processes that inspect it and nothing
    else."""

    name: str
    """What cards call it; it is found again by that."""

    title: str

    scope: ImportScope | None = None
    """Where it was loaded."""

    version: str | None = None
    """Of all the code that its networks depend on, once it was loaded: `version_of`."""

    @property
    def key(self) -> str:
        """What its card goes by when the plugin itself cannot say."""
        return re.sub(r"[^a-z0-9_.\-]", "_", self.title.lower()).strip("_.-") or "plugin"

    def load(self) -> list[Declared]:
        """Run its code, once in a process. Raises BadPlugin when it declares nothing, and whatever the code raises."""
        known = (type(self), self.name, self.fingerprint(), *map(str, self.files()))
        if known not in _loaded or not _loaded[known].is_there():
            self.scope = self._scope()
            self.scope.enter()
            with as_script(self._script()):
                found = self._run()
            if not found:
                raise BadPlugin(self._declares_nothing())
            declared = [_within(self.scope, each, self._script()) for each in found]
            version = version_of([*self.files(), *self.scope.imported()])
            _loaded[known] = _Loaded(self.scope, declared, frozenset(self.scope.modules()), version)
        self.scope, self.version = _loaded[known].scope, _loaded[known].version
        return _loaded[known].declared

    @abstractmethod
    def files(self) -> list[Path]:
        """What its networks depend on, as far as that is the plugin's own."""

    def unusable_reason(self) -> str | None:
        """Why there is nothing to run, as a sentence; None: its code is run to see what it declares."""
        return None

    def fingerprint(self) -> str:
        """SHA-256 of its files: belongs to the environment of a run."""
        return hash_of(self.files())

    def _script(self) -> str:
        """What its code finds as the file that is run."""
        return self.name

    @abstractmethod
    def _run(self) -> list[Declared]:
        """What its code declares."""

    def _scope(self) -> ImportScope:
        return ImportScope()

    def _declares_nothing(self) -> str:
        return f"{self.name} declares nothing: {self._remedy()}"

    def _remedy(self) -> str:
        return "put @model(...), @dataset(...) or @metric(...) from skiplab above a function or class"


@dataclass(frozen=True)
class _Loaded:
    scope: ImportScope
    declared: list[Declared]
    modules: frozenset[str]
    version: str

    def is_there(self) -> bool:
        """Whether nobody has thrown its modules out, to have them imported anew."""
        return self.modules <= self.scope.modules().keys()


_loaded: dict[tuple[object, ...], _Loaded] = {}
"""What was loaded in this process: a helper that declares networks is run by the first import alone."""


class FilePlugin(Plugin):
    """A file of SKIPLAB_HOME/plugins. Files there that begin with an underscore are for the others to import; a folder
    of the same name is on its path."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.name, self.title = file.name, file.stem
        self._folder = file.with_suffix("")

    def files(self) -> list[Path]:
        own = [self._file, *(sources(self._folder) if self._folder.is_dir() else [])]
        return [*own, *helpers_of(own, self._file.parent)]

    def _script(self) -> str:
        return str(self._file)

    def _run(self) -> list[Declared]:
        spec = importlib.util.spec_from_file_location(f"skiplab_plugin_{self.title}", self._file)
        return _executed(spec)

    def _scope(self) -> ImportScope:
        return ImportScope([self._folder] if self._folder.is_dir() else [], [self._file.parent])


class FolderPlugin(Plugin):
    """A package in SKIPLAB_HOME/plugins; or a folder with code of which nobody has said what it offers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name, self.title = f"{folder.name}/", folder.name

    def unusable_reason(self) -> str | None:
        return None if (self._folder / "__init__.py").is_file() else self._declares_nothing()

    def files(self) -> list[Path]:
        own = sources(self._folder)
        return [*own, *helpers_of(own, self._folder.parent)]

    def _run(self) -> list[Declared]:
        if self.unusable_reason() is not None:
            return []
        start = self._folder / "__init__.py"
        # Under its own name, as it may import itself by it: unless that is another package's already.
        found = importlib.util.find_spec(self.title) if self.title.isidentifier() else None
        is_own = found is not None and found.origin is not None and Path(found.origin) == start
        name = self.title if is_own else f"skiplab_plugin_{re.sub(r'[^0-9a-zA-Z_]', '_', self.title)}"
        folders = [str(self._folder)]
        return _executed(importlib.util.spec_from_file_location(name, start, submodule_search_locations=folders))

    def _scope(self) -> ImportScope:
        return ImportScope([], [self._folder.parent])

    def _remedy(self) -> str:
        example = "`import models; from skiplab import models_of; models_of(models, 'ResNet18')`"
        beside = f"write {self.title}.py beside the folder, with lines such as {example}"
        return f"{beside}, or remove the folder from plugins/"


class NotPythonPlugin(Plugin):
    """What is no plugin as it is: a notebook, or an archive with code in it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.name, self.title = file.name, file.stem

    def unusable_reason(self) -> str:
        if self._file.suffix == ".ipynb":
            what, todo = "a notebook", f"export its networks as {self.title}.py, or copy them there"
        else:
            what, todo = "an archive", f"unpack it here, and write {self.title}.py beside the folder"
        return f"{self.name} is {what} and not Python: {todo}."

    def files(self) -> list[Path]:
        return []

    def _run(self) -> list[Declared]:
        raise BadPlugin(self.unusable_reason())


class PackagePlugin(Plugin):
    """An entry point of an installed package: it names a module, or one function or class of it."""

    def __init__(self, entry: EntryPoint) -> None:
        self._entry = entry
        package = entry.dist.name if entry.dist else entry.module
        self.name, self.title = f"{package}: {entry.name}", entry.name

    def files(self) -> list[Path]:
        """Of the whole package: its version says nothing of one that is under work."""
        top = _place(self._entry.module.partition(".")[0])
        if top is not None and top.name == "__init__.py":
            return sources(top.parent)
        place = top or _place(self._entry.module)
        return [place] if place is not None else []

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
    return [*packages, *_files(home), *_folders(home), *_strays(home)]


def named(home: Path, name: str) -> Plugin | None:
    return next((plugin for plugin in find(home) if plugin.name == name), None)


def stamp(home: Path) -> dict[str, tuple[int, int]]:
    """Differs when a file came, went or changed."""
    stamps = {}
    top = home / "plugins"
    folders = (path for path in top.glob("[!.]*/") if path.name not in NOT_CODE)
    for file in (*top.glob("*.py"), *_stray_files(home), *(file for folder in folders for file in sources(folder))):
        try:
            seen = file.stat()
        except FileNotFoundError:
            continue  # gone between the two looks
        stamps[str(file.relative_to(home))] = (seen.st_mtime_ns, seen.st_size)
    return stamps


def _files(home: Path) -> list[Plugin]:
    return [FilePlugin(file) for file in sorted((home / "plugins").glob("[!_.]*.py")) if file.is_file()]


def _folders(home: Path) -> list[Plugin]:
    """Those with code. For one with a file of the same name beside it, that file speaks."""
    folders = sorted(path for path in (home / "plugins").glob("[!_.]*/") if path.name not in NOT_CODE)
    return [FolderPlugin(each) for each in folders if not each.with_name(f"{each.name}.py").is_file() and sources(each)]


def _strays(home: Path) -> list[Plugin]:
    """Those without a file or folder of the same name beside them, which were made of them."""
    files = [file for file in _stray_files(home) if file.suffix == ".ipynb" or _has_code(file)]
    return [NotPythonPlugin(file) for file in files if not any(map(Path.exists, _made_of(file)))]


def _stray_files(home: Path) -> list[Path]:
    return sorted(file for kind in STRAY for file in (home / "plugins").glob(f"[!_.]*{kind}") if file.is_file())


def _made_of(file: Path) -> tuple[Path, Path]:
    return file.with_suffix(""), file.with_suffix(".py")


def _has_code(archive: Path) -> bool:
    try:
        with ZipFile(archive) as found:
            return any(name.endswith(".py") for name in found.namelist())
    except (BadZipFile, OSError):
        return False


def _place(module: str) -> Path | None:
    """Where a module is. Python itself would import the packages around it to say so, and run their code here."""
    top, *inner = module.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None or not inner:
        return Path(spec.origin) if spec is not None and spec.origin is not None else None
    folders = [Path(folder, *inner) for folder in spec.submodule_search_locations or ()]
    places = [place for folder in folders for place in (folder.with_suffix(".py"), folder / "__init__.py")]
    return next((place for place in places if place.is_file()), None)


def _executed(spec: ModuleSpec | None) -> list[Declared]:
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Known by its name, as dataclasses, pickle and relative imports want it.
    sys.modules[spec.name] = module
    with recorded() as found:
        spec.loader.exec_module(module)
    return found


def _within(scope: ImportScope, declared: Declared, script: str) -> Declared:
    match declared:
        case DeclaredModel():
            return replace(declared, build=scope.within(run_as(script, declared.build)))
        case DeclaredDataset():
            return replace(declared, load=scope.within(run_as(script, declared.load)))
        case _:
            return replace(declared, compute=scope.within(run_as(script, declared.compute)))
