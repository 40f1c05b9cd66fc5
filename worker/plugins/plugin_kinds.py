"""The kinds of plugins: files, folders, entry points of packages, and files that are not Python."""

import importlib.util
import re
import sys
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint
from pathlib import Path

from skiplab.plugins import BadPlugin, Declared, declared_by, recorded
from worker.plugins.files import sources
from worker.plugins.helpers import helpers_of
from worker.plugins.import_scope import ImportScope
from worker.plugins.plugin import Plugin


class FilePlugin(Plugin):
    """A Python file in SKIPLAB_HOME/plugins, which may import helpers whose names start with an underscore.

    A folder of the same name is on its import path.
    """

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
    """A package in SKIPLAB_HOME/plugins, or a folder of code without an `__init__.py`, which declares nothing."""

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
        # Its code may import itself by its own name, which is used unless another package has it.
        found = importlib.util.find_spec(self.title) if self.title.isidentifier() else None
        is_own = found is not None and found.origin is not None and Path(found.origin) == start
        name = self.title if is_own else f"skiplab_plugin_{re.sub(r'[^0-9a-zA-Z_]', '_', self.title)}"
        folders = [str(self._folder)]
        return _executed(importlib.util.spec_from_file_location(name, start, submodule_search_locations=folders))

    def _scope(self) -> ImportScope:
        return ImportScope([], [self._folder.parent])

    def _remedy(self) -> str:
        example = "`import models; from skiplab import models_of; models_of(models, 'ResNet18')`"
        beside = f"create {self.title}.py next to the folder, with lines such as {example}"
        return f"{beside}, or remove the folder from plugins/"


class NotPythonPlugin(Plugin):
    """A notebook, or an archive with code in it: not loaded, but shown with what to do."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.name, self.title = file.name, file.stem

    def unusable_reason(self) -> str:
        if self._file.suffix == ".ipynb":
            what, todo = "a notebook", f"export or copy its networks to {self.title}.py"
        else:
            what, todo = "an archive", f"extract it here and create {self.title}.py next to the folder"
        return f"{self.name} is {what}, not a Python file: {todo}."

    def files(self) -> list[Path]:
        return []

    def _run(self) -> list[Declared]:
        raise BadPlugin(self.unusable_reason())


class PackagePlugin(Plugin):
    """An entry point of an installed package, which names a module, or a function or class in it."""

    def __init__(self, entry: EntryPoint) -> None:
        self._entry = entry
        package = entry.dist.name if entry.dist else entry.module
        self.name, self.title = f"{package}: {entry.name}", entry.name

    def files(self) -> list[Path]:
        """Return the files of the whole package: an editable install changes without a new version."""
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
        # The module may have been imported before, which recorded nothing now, or import others that declare.
        return list({id(each): each for each in (*found, *declared_by(named))}.values())


def _place(module: str) -> Path | None:
    """Return the file of a module; None if it is not found.

    `find_spec("a.b")` would import `a`, and run its code in this process.
    """
    top, *inner = module.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None or not inner:
        return Path(spec.origin) if spec is not None and spec.origin is not None else None
    folders = [Path(folder, *inner) for folder in spec.submodule_search_locations or ()]
    places = [place for folder in folders for place in (folder.with_suffix(".py"), folder / "__init__.py")]
    return next((place for place in places if place.is_file()), None)


def _executed(spec: ModuleSpec | None) -> list[Declared]:
    """Run a module; return what it declares."""
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses, pickle and relative imports look the module up by its name.
    sys.modules[spec.name] = module
    with recorded() as found:
        spec.loader.exec_module(module)
    return found
