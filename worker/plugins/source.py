"""Find plugins: files and folders in SKIPLAB_HOME/plugins, and entry points of installed packages.

Neither torch nor any plugin is imported here: the worker polls for changes before its pool is forked.
"""

from importlib.metadata import entry_points
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from worker.plugins.files import NOT_CODE, sources
from worker.plugins.plugin import Plugin
from worker.plugins.plugin_kinds import FilePlugin, FolderPlugin, NotPythonPlugin, PackagePlugin

NOT_PYTHON = (".ipynb", ".zip")
"""Suffixes of files that are shown with what to do about them."""

GROUPS = ("skiplab.models", "skiplab.datasets")
"""Groups of entry points."""


def find(home: Path) -> list[Plugin]:
    """Return all plugins in a fixed order, packages first."""
    entries = {entry.value: entry for group in GROUPS for entry in entry_points(group=group)}
    packages = [PackagePlugin(entry) for _, entry in sorted(entries.items())]
    return [*packages, *_files(home), *_folders(home), *_not_python(home)]


def named(home: Path, name: str) -> Plugin | None:
    """Return a plugin by its name; None if there is none."""
    return next((plugin for plugin in find(home) if plugin.name == name), None)


def stamp(home: Path) -> dict[str, tuple[int, int]]:
    """Return times and sizes of all plugin files, which differ when one is added, removed or changed."""
    stamps = {}
    top = home / "plugins"
    folders = (path for path in top.glob("[!.]*/") if path.name not in NOT_CODE)
    for file in (
        *top.glob("*.py"),
        *_not_python_files(home),
        *(file for folder in folders for file in sources(folder)),
    ):
        try:
            seen = file.stat()
        except FileNotFoundError:
            continue  # deleted since it was listed
        stamps[str(file.relative_to(home))] = (seen.st_mtime_ns, seen.st_size)
    return stamps


def _files(home: Path) -> list[Plugin]:
    return [FilePlugin(file) for file in sorted((home / "plugins").glob("[!_.]*.py")) if file.is_file()]


def _folders(home: Path) -> list[Plugin]:
    """Return folders with code, unless a file of the same name declares what they offer."""
    folders = sorted(path for path in (home / "plugins").glob("[!_.]*/") if path.name not in NOT_CODE)
    return [FolderPlugin(each) for each in folders if not each.with_name(f"{each.name}.py").is_file() and sources(each)]


def _not_python(home: Path) -> list[Plugin]:
    """Return notebooks and archives, unless there is a file or folder of that name, which was made from them."""
    files = [file for file in _not_python_files(home) if file.suffix == ".ipynb" or _has_code(file)]
    return [NotPythonPlugin(file) for file in files if not any(map(Path.exists, _made_from(file)))]


def _not_python_files(home: Path) -> list[Path]:
    return sorted(file for kind in NOT_PYTHON for file in (home / "plugins").glob(f"[!_.]*{kind}") if file.is_file())


def _made_from(file: Path) -> tuple[Path, Path]:
    return file.with_suffix(""), file.with_suffix(".py")


def _has_code(archive: Path) -> bool:
    try:
        with ZipFile(archive) as found:
            return any(name.endswith(".py") for name in found.namelist())
    except (BadZipFile, OSError):
        return False
