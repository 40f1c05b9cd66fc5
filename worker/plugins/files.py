"""Find the Python files of a folder, which may be a repository that also holds large data."""

import hashlib
import os
import time
from collections import deque
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

NOT_CODE = ("__pycache__", "node_modules", "venv", "site-packages")
"""Folders that are skipped, as are those whose names start with a dot."""

MOST_ENTRIES, MOST_OF_A_FOLDER = 20_000, 2_000
"""Limits for entries listed, in all and per folder."""

SETTLED_SECONDS = 2.0
"""Age after which a folder's modification time identifies its content: file systems store it in coarse steps."""

MOST_LISTINGS = 10_000
"""Size of the cache of listings."""


def sources(folder: Path) -> list[Path]:
    """Return the Python files below a folder, sorted.

    Breadth-first, since code is less deep than images and the number of entries is limited. Symbolic links to folders
    are followed only at the top level: further down they may form a cycle.
    """
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
    """Return the SHA-256 of names and contents of files, without those that no longer exist."""
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
"""Cache by folder and whether links are followed: the worker polls for changes every second."""


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
    # A file added in the same clock step as the listing would not change the folder's time again.
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
