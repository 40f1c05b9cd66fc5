"""Find the code that a plugin depends on: its files, files that they import from anywhere, and installed packages."""

import ast
import hashlib
import importlib.util
import site
import sys
import sysconfig
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from skiplab.contract.python_path import OWN
from worker.plugins.files import hash_of, sources

MOST_FILES = 2_000
"""Limit after which imports are not followed further."""


def version_of(files: Iterable[Path]) -> str:
    """Return the SHA-256 of files, of code that they import, and of the versions of installed packages among that.

    Found by parsing, so it does not depend on what this process has imported before.
    """
    own, tops = _closure(files)
    packages = "\n".join(f"{name} {version}" for name, version in sorted(versions(tops).items()))
    return hashlib.sha256(f"{hash_of(own)}\n{packages}".encode()).hexdigest()


def imports(source: bytes) -> set[str]:
    """Return the top-level names that a file imports anywhere; none if it is not valid Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()  # such as a compiled extension
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def versions(tops: Collection[str]) -> Mapping[str, str]:
    """Return versions of the distributions that provide these top-level names, by distribution name."""
    outside = set(tops) - set(OWN) - sys.stdlib_module_names
    if not outside:
        return {}
    names = {name for top, names in _distributions(tuple(sys.path)).items() if top in outside for name in names}
    return {name: metadata.version(name) for name in sorted(names)}


@cache
def _distributions(_path: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Return distributions by top-level name, cached by `sys.path`: reading them takes a third of a second."""
    return metadata.packages_distributions()


def is_installed(path: Path) -> bool:
    return _is_in(path, _folders("purelib", "platlib", *site.getsitepackages(), site.getusersitepackages()))


def is_standard(path: Path) -> bool:
    return _is_in(path, _folders("stdlib", "platstdlib"))


def _closure(files: Iterable[Path]) -> tuple[list[Path], set[str]]:
    """Return the files with all imported ones that are not installed, sorted, and all top-level names imported."""
    found = {file.resolve(): None for file in files}
    waiting, tops = deque(found), set[str]()
    while waiting and len(found) < MOST_FILES:
        try:
            content = waiting.popleft().read_bytes()
        except OSError:
            continue
        for name in imports(content) - tops - sys.stdlib_module_names - set(OWN):
            tops.add(name)
            fresh = [each for each in _own_files(name) if each not in found]
            found |= dict.fromkeys(fresh)
            waiting += fresh
    return sorted(found), tops


def _own_files(name: str) -> list[Path]:
    """Return the files of a module or package; none if it is installed or part of Python."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    places = [Path(each) for each in spec.submodule_search_locations or ()]
    if not places and spec.has_location and spec.origin is not None:
        places = [Path(spec.origin)]
    outside = [
        each.resolve() for each in places if not is_installed(each.resolve()) and not is_standard(each.resolve())
    ]
    return [file.resolve() for place in outside for file in (sources(place) if place.is_dir() else [place])]


@cache
def _folders(*named: str) -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    return tuple(Path(paths.get(name, name)).resolve() for name in named)


def _is_in(path: Path, folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
