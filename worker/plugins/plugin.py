"""A plugin: code that declares networks, data sets or metrics, and is run when it is loaded."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path

from skiplab.plugins import BadPlugin, Declared, DeclaredDataset, DeclaredModel
from worker.plugins.code import version_of
from worker.plugins.files import hash_of
from worker.plugins.import_scope import ImportScope
from worker.plugins.script import as_script, run_as


class Plugin(ABC):
    """A file, folder or entry point. Its code runs only in trainers and in processes that inspect it."""

    name: str
    """Unique name on cards, by which `source.named` finds it."""

    title: str
    """Name without a suffix, from which the key is derived."""

    scope: ImportScope | None = None
    """Set by `load`."""

    version: str | None = None
    """`code.version_of` all code that its networks depend on; set by `load`."""

    @property
    def key(self) -> str:
        """Key of its card if it declares none, because loading it fails."""
        return re.sub(r"[^a-z0-9_.\-]", "_", self.title.lower()).strip("_.-") or "plugin"

    def load(self) -> list[Declared]:
        """Run its code and return what it declares; the code runs once per process.

        Raises BadPlugin if it declares nothing, and whatever the code raises.
        """
        known = (type(self), self.name, self.fingerprint(), *map(str, self.files()))
        if known not in _loaded or not _loaded[known].is_imported():
            self.scope = self._scope()
            self.scope.enter()
            with as_script(self._script()):
                found = self._run()
            if not found:
                raise BadPlugin(self._declares_nothing())
            declared = [_within(self.scope, each, self._script()) for each in found]
            # Afterwards: which files it imports is only known then.
            version = version_of([*self.files(), *self.scope.imported()])
            _loaded[known] = _Loaded(self.scope, declared, frozenset(self.scope.modules()), version)
        self.scope, self.version = _loaded[known].scope, _loaded[known].version
        return _loaded[known].declared

    @abstractmethod
    def files(self) -> list[Path]:
        """Return the plugin's own files that its networks depend on."""

    def unusable_reason(self) -> str | None:
        """Return a sentence on why there is no code to run; None if there is."""
        return None

    def fingerprint(self) -> str:
        """Return the SHA-256 of its files, which is stored in the environment of runs."""
        return hash_of(self.files())

    def _script(self) -> str:
        """Return `sys.argv[0]` for its code."""
        return self.name

    @abstractmethod
    def _run(self) -> list[Declared]:
        """Run its code; return what it declares."""

    def _scope(self) -> ImportScope:
        return ImportScope()

    def _declares_nothing(self) -> str:
        return f"{self.name} declares nothing: {self._remedy()}"

    def _remedy(self) -> str:
        return "put @model(...), @dataset(...) or @metric(...) from skiplab above a function or class"


@dataclass(frozen=True)
class _Loaded:
    """A plugin that was loaded in this process."""

    scope: ImportScope
    declared: list[Declared]
    modules: frozenset[str]
    version: str

    def is_imported(self) -> bool:
        """Return whether its modules are still imported; code may delete them from `sys.modules`."""
        return self.modules <= self.scope.modules().keys()


_loaded: dict[tuple[object, ...], _Loaded] = {}
"""By class, name, fingerprint and files. A helper that declares networks does so only at its first import."""


def _within(scope: ImportScope, declared: Declared, script: str) -> Declared:
    """Make the declared function enter the plugin's import scope, and see the plugin as the running script."""
    match declared:
        case DeclaredModel():
            return replace(declared, build=scope.within(run_as(script, declared.build)))
        case DeclaredDataset():
            return replace(declared, load=scope.within(run_as(script, declared.load)))
        case _:
            return replace(declared, compute=scope.within(run_as(script, declared.compute)))
