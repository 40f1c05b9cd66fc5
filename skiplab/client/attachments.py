"""Files of a run: media of a step, and what `save` names. Copied into the spool at once, sent later."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from skiplab.client import notices
from skiplab.client.media import Media
from skiplab.client.spool import Spool
from skiplab.client.values import text_of
from skiplab.contract.ingest_limits import CONTROL, LONGEST_NAME, MOST_FILE_BYTES

REFUSED = re.compile(rf"[\\{CONTROL}]")

Write = Callable[[dict[str, Any]], None]


class Attachments:
    def __init__(self, spool: Spool, write: Write) -> None:
        self._spool, self._write = spool, write
        self._live: dict[Path, tuple[str, float]] = {}
        """Files to be sent again at the end if they have changed: name and time of change."""

    def media(self, key: str, step: int, each: Media, number: int = 0) -> None:
        """Store an image, histogram or table of a step; `number` tells those of one list apart.

        The first is KEY/STEP, the next KEY/1/STEP: the lab takes the last part for the step.
        """
        tail = f"{f'/{number}' if number else ''}/{step}{each.suffix}"
        self._store(f"media/{key[: LONGEST_NAME - len('media/' + tail)]}{tail}", each.content())

    def save(self, pattern: str | Path, base: str | Path | None, policy: str) -> list[str]:
        """Store the files that match a path or pattern; return their names."""
        saved = []
        for path in _matching(Path(pattern)):
            name = _name_of(path, base)
            if self._copy(path, name):
                saved.append(name)
            if policy != "now":
                self._live[path] = (name, path.stat().st_mtime)
        if not saved:
            notices.say_once(f"save({str(pattern)!r}) matches no file.")
        return saved

    def save_changed(self) -> None:
        """Store again what has changed since it was saved."""
        for path, (name, changed) in self._live.items():
            if path.is_file() and path.stat().st_mtime != changed:
                self._copy(path, name)

    def _copy(self, path: Path, name: str) -> bool:
        if (size := path.stat().st_size) > MOST_FILE_BYTES:
            notices.say_once(f"{path} has {size >> 20} MiB and is not saved: at most {MOST_FILE_BYTES >> 20} MiB are.")
            return False
        with path.open("rb") as content:
            self._store(name, content)
        return True

    def _store(self, name: str, content: Any) -> None:
        name = clean_name(name)
        target = self._spool.new_file()
        try:
            with target.open("wb") as file:
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    shutil.copyfileobj(content, file)
        except OSError as error:
            target.unlink(missing_ok=True)
            notices.say_once(f"{name} is not saved: {error.strerror or error}.", about="file not saved")
            return
        self._write({"file": name, "path": target.name})


def clean_name(name: str) -> str:
    """Return a file's name as the lab takes it: a relative path without `..`, backslashes and control characters."""
    parts = [part for part in REFUSED.sub("_", text_of(name)).split("/") if part not in ("", ".", "..")]
    return "/".join(parts)[-LONGEST_NAME:].lstrip("/") or "file"


def _matching(pattern: Path) -> Iterator[Path]:
    if pattern.is_file():
        return iter([pattern])
    found = Path(pattern.anchor or ".").glob(str(pattern.relative_to(pattern.anchor)))
    return (path for path in sorted(found) if path.is_file())


def _name_of(path: Path, base: str | Path | None) -> str:
    """Return the path relative to `base`, else to the working folder, else the bare name."""
    try:
        return (
            Path(os.path.relpath(path, base)).as_posix() if base else path.absolute().relative_to(Path.cwd()).as_posix()
        )
    except ValueError:
        return path.name
