"""Find the helpers that a plugin imports: files and folders in the plugins folder such as `_blocks.py`."""

import re
from pathlib import Path

from worker.plugins.files import sources

Stamp = tuple[int, int]  # time of the last change in ns, size in bytes

WORD = re.compile(r"(?<!\w)_\w+")
"""A name with a leading underscore."""

_words: dict[Path, tuple[Stamp, frozenset[str]]] = {}
"""Such names by file, cached: the worker polls for changes every second."""


def helpers_of(files: list[Path], folder: Path) -> list[Path]:
    """Return the helpers in `folder` that files mention, and those that the helpers mention in turn.

    A mention anywhere in the text is enough: no code is run, and imports can be written in many ways.
    """
    there = {path.stem: path for path in sorted(folder.glob("_*")) if _is_helper(path)}
    found: dict[Path, None] = {}
    waiting = list(files) if there else []
    while waiting:
        for name in sorted(_words_in(waiting.pop()) & there.keys()):
            helper = there.pop(name)
            fresh = sources(helper) if helper.is_dir() else [helper]
            found |= dict.fromkeys(fresh)
            waiting += fresh
    return sorted(found)


def _is_helper(path: Path) -> bool:
    return path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")


def _words_in(file: Path) -> frozenset[str]:
    try:
        seen = file.stat()
        stamp = seen.st_mtime_ns, seen.st_size
        known = _words.get(file)
        if known is None or known[0] != stamp:
            known = _words[file] = stamp, frozenset(WORD.findall(file.read_text("utf-8", errors="replace")))
    except OSError:
        return frozenset()
    return known[1]
