"""Refuse a plugin's import of a module of its own that is called like one of Skiplab's packages.

`import worker` takes what has been imported already, so that the plugin would get Skiplab's `worker` without notice.
"""

import builtins
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from skiplab.contract.python_path import OWN
from skiplab.plugins import BadPlugin


def refuse_clashes(roots: Sequence[Path]) -> Callable[[], None]:
    """Refuse such imports by code in these folders, from now on; return a function that ends that.

    Imports are intercepted only if a folder has such a module, since that makes every import slower.
    """
    if not any(_has(root, name) for root in roots for name in OWN):
        return lambda: None
    before = builtins.__import__

    def checked(
        name: str,
        globals: Mapping[str, Any] | None = None,  # the parameters of __import__
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if level == 0 and name.partition(".")[0] in OWN:
            _check(name, (globals or {}).get("__file__"), roots)
        return before(name, globals, locals, fromlist or (), level)

    def end() -> None:
        builtins.__import__ = before

    builtins.__import__ = checked
    return end


def _check(name: str, importer: object, roots: Sequence[Path]) -> None:
    """Raises BadPlugin if a module in these folders imports a module of theirs by this name."""
    if not isinstance(importer, str) or not any(Path(importer).is_relative_to(root) for root in roots):
        return
    if root := next((root for root in roots if _has(root, name)), None):
        top = name.partition(".")[0]
        raise BadPlugin(
            f"`import {name}` would import Skiplab's own package `{top}`, not the one in {root}: rename that module,"
            f" or import it relative to its package (`from . import {top}`)"
        )


def _has(root: Path, name: str) -> bool:
    path = root.joinpath(*name.split("."))
    return path.is_dir() or path.with_name(f"{path.name}.py").is_file()
