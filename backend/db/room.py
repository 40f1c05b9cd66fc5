"""Free disk space, checked before an upgrade makes a copy of the database and rewrites its tables."""

import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.db.failures import DatabaseUnusable
from skiplab.contract.sizes import human_bytes

Free = Callable[[Path], int]
"""Return the bytes that are free in an existing folder."""


class NoRoom(DatabaseUnusable):
    """There is not enough free disk space for an upgrade; nothing was changed."""


@dataclass(frozen=True)
class Need:
    bytes: int
    folder: Path
    """May not exist yet."""
    purpose: str
    """Such as "a copy of it in backups"."""


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def check(what: str, needs: Sequence[Need], *, free: Free = free_bytes) -> None:
    """Check the needs of each file system together. `what` begins the message. Raises NoRoom, OSError."""
    by_device: dict[int, list[Need]] = defaultdict(list)
    for need in needs:
        by_device[_existing(need.folder).stat().st_dev].append(need)
    for together in by_device.values():
        folder = _existing(together[0].folder)
        wanted, found = sum(need.bytes for need in together), free(folder)
        if found < wanted:
            raise NoRoom(_refusal(what, together, folder, wanted, found))


def _refusal(what: str, needs: Sequence[Need], folder: Path, wanted: int, found: int) -> str:
    parts = " and ".join(f"{human_bytes(need.bytes)} for {need.purpose}" for need in needs)
    total = "" if len(needs) == 1 else f" ({human_bytes(wanted)} together)"
    return (
        f"{what} needs {parts}{total}, but {human_bytes(found)} are free in {folder}. Nothing was changed: free"
        f" {human_bytes(wanted - found)} there, or move the folder to a larger disk, and start again."
    )


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())
