"""What a plugin's code is made of: its files, those that they import from wherever they are, and installed packages."""

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

from worker.plugins.files import hash_of, sources

LAB = ("worker", "backend", "skiplab")
"""Top-level packages whose version is the lab's own."""

MOST_FILES = 2_000


def version_of(files: Iterable[Path]) -> str:
    """SHA-256 of these files, of all that they import and that is not installed, and of the versions of installed
    packages that they import. Depends on what the files say, and not on what this process has imported before."""
    own, tops = _closure(files)
    packages = "\n".join(f"{name} {version}" for name, version in sorted(versions(tops).items()))
    return hashlib.sha256(f"{hash_of(own)}\n{packages}".encode()).hexdigest()


def imports(source: bytes) -> set[str]:
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


def versions(tops: Collection[str]) -> Mapping[str, str]:
    """Of the packages that bring these top-level names, by the name they are installed by."""
    outside = set(tops) - set(LAB) - sys.stdlib_module_names
    if not outside:
        return {}
    names = {name for top, names in _distributions(tuple(sys.path)).items() if top in outside for name in names}
    return {name: metadata.version(name) for name in sorted(names)}


@cache
def _distributions(_path: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Which packages bring a top-level name; takes a third of a second."""
    return metadata.packages_distributions()


def is_installed(path: Path) -> bool:
    return _is_in(path, _folders("purelib", "platlib", *site.getsitepackages(), site.getusersitepackages()))


def is_standard(path: Path) -> bool:
    return _is_in(path, _folders("stdlib", "platstdlib"))


def _closure(files: Iterable[Path]) -> tuple[list[Path], set[str]]:
    """The files with all of their own kind that they import, in order, and the top-level names of the rest."""
    found = {file.resolve(): None for file in files}
    waiting, tops = deque(found), set[str]()
    while waiting and len(found) < MOST_FILES:
        try:
            content = waiting.popleft().read_bytes()
        except OSError:
            continue
        for name in imports(content) - tops - sys.stdlib_module_names - set(LAB):
            tops.add(name)
            fresh = [each for each in _own_files(name) if each not in found]
            found |= dict.fromkeys(fresh)
            waiting += fresh
    return sorted(found), tops


def _own_files(name: str) -> list[Path]:
    """Of a module or package of this name, where it is not installed: a helper, a clone, a package under work."""
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
