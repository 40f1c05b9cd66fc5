"""The folder of one run on the local disk, from `init` until the lab has everything.

    start.json            the request that starts the run, its idempotency key, the lab's URL
    points-000001.jsonl   records, see `journal`
    position              how far they are delivered, see `position`
    files/                images, tables and saved files that are not delivered yet
    lock                  locked by the process that writes or sends the run

Several processes share the folder of spools. Each run has a spool of its own, and whoever holds its lock owns it; the
operating system releases the lock when that process ends, however it ends.
"""

import fcntl
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Self

from skiplab.client import notices
from skiplab.client.journal import Clock, Journal
from skiplab.client.position import Position, PositionFile
from skiplab.contract.home import user_home

FOLDER = "SKIPLAB_SPOOL"
"""Environment variable that names the folder of spools."""


@dataclass(frozen=True)
class Start:
    """What starts the run in the lab, kept until it has ended there."""

    body: dict[str, Any]
    """Request of `POST /runs`."""

    key: str
    """Its idempotency key."""

    url: str
    """The lab that the run was meant for; empty for an offline run."""

    attached: tuple[int, int] | None = None
    """Run and holder of a script that a worker has started, and will end; none: the run is started by `body`."""

    offline: bool = False
    created: float = 0.0

    @property
    def identity(self) -> object:
        """What spools of the same run have in common: the worker's run, or the id that `init` names."""
        return self.attached or self.body.get("external_id")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return what is stored in a spool. Raises OSError, ValueError, TypeError, KeyError."""
        stored = json.loads((folder / "start.json").read_text(encoding="utf-8"))
        attached = stored.pop("attached")
        return cls(**stored, attached=None if attached is None else (int(attached[0]), int(attached[1])))


class Spool:
    """One locked spool. Use `create` or `take`."""

    def __init__(self, folder: Path, start: Start, lock: int, *, clock: Clock = time.monotonic) -> None:
        """Raises OSError and ValueError for a folder that cannot be used."""
        self.folder, self.start, self._lock = folder, start, lock
        self._position = PositionFile(folder / "position")
        self.position = self._position.read()
        self.journal = Journal(folder, clock=clock, dropped=self.position.dropped)
        self._files = 0
        self._storing = Lock()

    @classmethod
    def create(cls, parent: Path, start: Start, *, clock: Clock = time.monotonic) -> Self:
        """Create a locked spool. Raises OSError."""
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{secrets.token_hex(3)}"
        # Renamed when it is complete and locked: others neither see nor lock it before.
        hidden = parent / f".{name}"
        (hidden / "files").mkdir(mode=0o700, parents=True)
        lock = _lock(hidden, os.O_CREAT)
        if lock is None:
            raise BlockingIOError(f"{hidden} is locked by another process")
        (hidden / "start.json").write_text(json.dumps(asdict(start)), encoding="utf-8")
        spool = cls(hidden, start, lock, clock=clock)
        spool.store(Position())
        hidden.rename(parent / name)
        spool.move(parent / name)
        return spool

    @classmethod
    def take(cls, folder: Path) -> Self | None:
        """Lock the spool of a process that has ended; None if it is in use, or was delivered meanwhile.

        Raises OSError and ValueError for a damaged one.
        """
        try:
            lock = _lock(folder)
        except FileNotFoundError:
            return None
        if lock is None:
            return None
        try:
            return cls(folder, Start.read(folder), lock)
        except BaseException as error:
            os.close(lock)
            if isinstance(error, FileNotFoundError) and not folder.exists():
                return None
            raise

    def store(self, position: Position) -> None:
        """Persist how far the spool is delivered. Raises OSError."""
        with self._storing:
            self._position.write(position)
            self.position = position

    def give_up_held(self) -> None:
        """Count what is held in memory as dropped, at the end of a process that could neither send nor write it."""
        self.journal.drop_held()
        with self._storing, suppress(OSError):
            self._position.write(replace(self.position, dropped=self.journal.dropped))

    def new_file(self, suffix: str = "") -> Path:
        """Return a path for the content of a file that is to be sent."""
        self._files += 1
        return self.folder / "files" / f"{time.time_ns():x}-{self._files}{suffix}"

    def move(self, folder: Path) -> None:
        """Note that the folder was renamed."""
        self.folder = folder
        self.journal.move(folder)

    def close(self) -> None:
        """Release the lock; what is not delivered can be taken by another process."""
        self.journal.close()
        self._position.close()
        os.close(self._lock)

    def remove(self) -> None:
        """Delete everything, and release the lock."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.close()

    def after_fork(self) -> None:
        """Close the lock in a forked process, which would keep it while its parent is gone."""
        os.close(self._lock)


def default_folder() -> Path:
    """Return the folder of spools: SKIPLAB_SPOOL, or one among the user's data."""
    if given := os.environ.get(FOLDER):
        return Path(given).expanduser()
    return (user_home() or Path(tempfile.gettempdir()) / f"skiplab-{os.getuid()}") / "spool"


def create_somewhere(folder: Path, start: Start) -> Spool | None:
    """Create a spool in a folder, or in the one for temporary files; None if neither takes it."""
    try:
        return Spool.create(folder, start)
    except OSError as error:
        notices.say(
            f"cannot create a spool in {folder} ({error.strerror or error}); it is in the temporary folder instead."
        )
    try:
        return Spool.create(Path(tempfile.mkdtemp(prefix="skiplab-spool-")), start)
    except OSError as error:
        notices.say(f"cannot create a spool there either ({error.strerror or error}). Nothing is logged.")
        return None


def spools_in(folder: Path) -> Iterator[Path]:
    """Yield the spools in a folder, oldest first; the folder may be a spool itself."""
    if (folder / "start.json").is_file():
        yield folder
    elif folder.is_dir():
        yield from sorted(path.parent for path in folder.glob("[!.]*/start.json"))


def is_locked(folder: Path) -> bool:
    """Return whether a process writes or sends a spool."""
    try:
        lock = _lock(folder)
    except OSError:
        return False
    if lock is not None:
        os.close(lock)
    return lock is None


def _lock(folder: Path, create: int = 0) -> int | None:
    """Lock a spool; return the file descriptor that holds the lock, None if another process does.

    Raises OSError, FileNotFoundError if the spool was removed.
    """
    path = folder / "lock"
    fd = os.open(path, os.O_RDWR | create, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(fd).st_ino == path.stat().st_ino:
            return fd
    except BlockingIOError:
        pass
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return None
