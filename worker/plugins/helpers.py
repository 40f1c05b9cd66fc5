"""The helpers beside the plugins, `_blocks.py` and `_blocks/`: each belongs to those that import it."""

import re
from pathlib import Path

from worker.plugins.files import sources

Stamp = tuple[int, int]  # time of the last change in ns, size in bytes

WORD = re.compile(r"(?<!\w)_\w+")

_words: dict[Path, tuple[Stamp, frozenset[str]]] = {}
"""Which names with an underscore stand in a file: a worker asks every second."""


def helpers_of(files: list[Path], folder: Path) -> list[Path]:
    """The helpers in `folder` that these files name, and those that the helpers name in turn. The name anywhere in the
    text is enough: nothing is run to find out, and an import may be written in many ways."""
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
