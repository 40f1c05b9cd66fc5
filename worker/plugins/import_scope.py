"""Isolate the imports of plugins: two may have a `utils.py`, and each must import its own."""

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from skiplab.contract.python_path import OWN
from worker.plugins.name_clash import refuse_clashes

LAB = tuple(f"{name}." for name in OWN)
"""Modules that belong to no plugin, even if one adds a checkout of Skiplab to its path."""


class ImportScope:
    """The import path of one plugin, and the modules imported from there.

    A scope is active from `enter()` until another one is entered, so that what a network imports while it trains comes
    from the same folders.
    """

    _current: "ImportScope | None" = None

    def __init__(self, first: Iterable[Path] = (), last: Iterable[Path] = ()) -> None:
        """Create a scope with folders before and after `sys.path`."""
        self._first, self._last = [str(path) for path in first], [str(path) for path in last]
        self._modules: dict[str, ModuleType] = {}
        self._outside: list[str] = []  # sys.path before it was entered
        self._foreign: set[str] = set()  # names of modules imported outside of it
        self._end_refusing: Callable[[], None] = lambda: None

    def enter(self) -> None:
        """Activate this scope: put its folders on `sys.path` and its modules into `sys.modules`."""
        if ImportScope._current is self:
            return
        ImportScope.leave()
        ImportScope._current = self
        self._outside = list(sys.path)
        sys.path[:] = [*self._first, *sys.path, *(path for path in self._last if path not in sys.path)]
        # Before its own modules return: all others now imported were imported by somebody else.
        self._foreign |= {*sys.modules}
        sys.modules.update(self._modules)
        # Finders cache the listing of folders; a file may have been added since.
        importlib.invalidate_caches()
        self._end_refusing = refuse_clashes([Path(path).resolve() for path in (*self._first, *self._last)])

    @staticmethod
    def leave() -> None:
        """Deactivate the active scope, if there is one."""
        if ImportScope._current is not None:
            ImportScope._current._suspend()
        ImportScope._current = None

    @contextmanager
    def active(self) -> Iterator[None]:
        """Activate this scope in the context, and the previous one afterwards."""
        with ImportScope.restored():
            self.enter()
            yield

    @staticmethod
    @contextmanager
    def restored() -> Iterator[None]:
        """Reactivate the present scope on exit, whichever is entered inside."""
        before = ImportScope._current
        try:
            yield
        finally:
            if before is None:
                ImportScope.leave()
            else:
                before.enter()

    def within(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function so that it activates this scope when it is called."""

        @wraps(function, updated=())
        def call(*arguments: Any, **keywords: Any) -> Any:
            self.enter()
            return function(*arguments, **keywords)

        return call

    def modules(self) -> dict[str, ModuleType]:
        """Return the plugin's modules imported so far, by name."""
        return self._own() if ImportScope._current is self else dict(self._modules)

    def imported(self) -> list[Path]:
        """Return the plugin's files imported so far."""
        files = (getattr(module, "__file__", None) for module in self.modules().values())
        return sorted({Path(file) for file in files if file})

    def _suspend(self) -> None:
        """Remove the modules from `sys.modules` and the folders from `sys.path`, and remember both."""
        self._end_refusing()
        self._modules = self._own()
        for name in self._modules:
            del sys.modules[name]
        added = [path for path in sys.path if path not in self._outside]
        outside = [path for path in sys.path if path not in added]
        # Folders that the plugin itself has added return with the scope.
        self._first = [path for path in added if path not in self._last]
        sys.path[:] = outside

    def _own(self) -> dict[str, ModuleType]:
        """Return the modules from the plugin's folders, or from folders that it has added to `sys.path`."""
        added = [path for path in sys.path if path not in self._outside]
        roots = tuple(_folder(path) for path in (*self._first, *self._last, *added))
        return {
            name: module
            for name, module in list(sys.modules.items())
            if name not in self._foreign and not name.startswith(LAB) and _is_under(module, roots)
        }


def _folder(path: str) -> str:
    return str(Path(path).resolve()) + os.sep


def _is_under(module: ModuleType, roots: tuple[str, ...]) -> bool:
    """Return whether a module is in one of the folders, and not an installed package below it."""
    if not roots:
        return False
    places = [getattr(module, "__file__", None)]
    if places[0] is None:
        places = list(getattr(module, "__path__", ()))  # a namespace package
    paths = [str(Path(place).resolve()) for place in places if isinstance(place, str)]
    return any(path.startswith(roots) and "site-packages" not in path for path in paths)
