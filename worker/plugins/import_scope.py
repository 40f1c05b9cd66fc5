"""Keeps what one plugin imports from the others: two may have a `utils.py`, and each must get its own."""

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

LAB = ("worker.", "backend.", "skiplab.")
"""A plugin that puts a whole checkout of the lab on its path does not own it."""


class ImportScope:
    """The paths that a plugin imports from, and the modules that came from there.

    They are in force from `enter()` until another plugin's scope is entered, so that what a network imports while it
    trains comes from the same place.
    """

    _current: "ImportScope | None" = None

    def __init__(self, first: Iterable[Path] = (), last: Iterable[Path] = ()) -> None:
        """Folders in which modules are looked for before all others, and after."""
        self._first, self._last = [str(path) for path in first], [str(path) for path in last]
        self._modules: dict[str, ModuleType] = {}
        self._outside: list[str] = []  # sys.path without this scope
        self._foreign: set[str] = set()  # names of modules that were there before

    def enter(self) -> None:
        if ImportScope._current is self:
            return
        ImportScope.leave()
        ImportScope._current = self
        self._outside = list(sys.path)
        sys.path[:] = [*self._first, *sys.path, *(path for path in self._last if path not in sys.path)]
        self._foreign |= {*sys.modules}
        sys.modules.update(self._modules)
        importlib.invalidate_caches()

    @staticmethod
    def leave() -> None:
        """Of whichever is in force, so that none is."""
        if ImportScope._current is not None:
            ImportScope._current._put_aside()
        ImportScope._current = None

    @contextmanager
    def visited(self) -> Iterator[None]:
        """In force inside, and afterwards the one that was: a network goes on importing from its own."""
        with ImportScope.restored():
            self.enter()
            yield

    @staticmethod
    @contextmanager
    def restored() -> Iterator[None]:
        """Whichever is entered inside, afterwards the one that was is in force."""
        before = ImportScope._current
        try:
            yield
        finally:
            if before is None:
                ImportScope.leave()
            else:
                before.enter()

    def within(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, called in here."""

        @wraps(function, updated=())
        def call(*arguments: Any, **keywords: Any) -> Any:
            self.enter()
            return function(*arguments, **keywords)

        return call

    def modules(self) -> dict[str, ModuleType]:
        """What this process has imported of the plugin so far, by name."""
        return self._own() if ImportScope._current is self else dict(self._modules)

    def imported(self) -> list[Path]:
        """Files of the plugin that this process has imported so far."""
        files = (getattr(module, "__file__", None) for module in self.modules().values())
        return sorted({Path(file) for file in files if file})

    def _put_aside(self) -> None:
        self._modules = self._own()
        for name in self._modules:
            del sys.modules[name]
        added = [path for path in sys.path if path not in self._outside]
        outside = [path for path in sys.path if path not in added]
        # What the plugin itself has put in front is there again when it is entered again.
        self._first = [path for path in added if path not in self._last]
        sys.path[:] = outside

    def _own(self) -> dict[str, ModuleType]:
        """What came from the plugin's folders, or from those that it has put on the path."""
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
    if not roots:
        return False
    places = [getattr(module, "__file__", None)]
    if places[0] is None:
        places = list(getattr(module, "__path__", ()))  # a folder without an __init__.py
    paths = [str(Path(place).resolve()) for place in places if isinstance(place, str)]
    return any(path.startswith(roots) and "site-packages" not in path for path in paths)
