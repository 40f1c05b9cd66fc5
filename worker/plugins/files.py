"""The Python files of a folder, which may be a clone with its images in it."""

import hashlib
import os
import time
from collections import deque
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

NOT_CODE = ("__pycache__", "node_modules", "venv", "site-packages")
"""Folders that are passed over beside those that begin with a dot."""

MOST_ENTRIES, MOST_OF_A_FOLDER = 20_000, 2_000
"""Looked at in search of code, in all and in one folder."""

SETTLED_SECONDS = 2.0
"""A folder that has not changed for as long is known by the time of its last change, whatever the file system's
clock."""

MOST_LISTINGS = 10_000


def sources(folder: Path) -> list[Path]:
    """In order. What lies less deep is found first, as code does and images do not. Links to folders are followed at
    the top alone, where a clone may be one: further down they may go round."""
    found: list[Path] = []
    top, left = str(folder), MOST_ENTRIES
    folders = deque([top])
    while folders and left > 0:
        listing = _listed(folders.popleft(), top)
        left -= listing.entries
        found += map(Path, listing.code)
        folders += listing.folders
    return sorted(found)


def hash_of(files: list[Path]) -> str:
    """SHA-256 of files by their names and content; what has gone meanwhile is left out."""
    digest = hashlib.sha256()
    for file in files:
        try:
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        except FileNotFoundError:
            continue
    return digest.hexdigest()


@dataclass(frozen=True)
class _Listing:
    changed: int  # ns, of the folder
    code: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    entries: int = 0


_listings: dict[tuple[str, bool], _Listing] = {}
"""By folder, and whether links are followed there: a worker looks for changes every second."""


def _listed(folder: str, top: str) -> _Listing:
    key = folder, folder == top
    try:
        changed = os.stat(folder).st_mtime_ns  # noqa: PTH116  # a hundred times a second
        if (known := _listings.get(key)) is not None and known.changed == changed:
            return known
        listing = _list(folder, changed, follow=folder == top)
    except OSError:
        return _Listing(0)
    if len(_listings) >= MOST_LISTINGS:
        _listings.clear()
    if time.time_ns() - changed > SETTLED_SECONDS * 1e9:
        _listings[key] = listing
    return listing


def _list(folder: str, changed: int, *, follow: bool) -> _Listing:
    with os.scandir(folder) as found:
        entries = list(islice(found, MOST_OF_A_FOLDER))
    code, folders = [], []
    for entry in sorted(entries, key=lambda entry: entry.name):
        if entry.name.startswith(".") or entry.name in NOT_CODE:
            continue
        if entry.is_dir(follow_symlinks=follow):
            folders.append(entry.path)
        elif entry.name.endswith(".py"):
            code.append(entry.path)
    return _Listing(changed, tuple(code), tuple(folders), len(entries))
