"""Makes data sets of uploads: a process for each, which a thread of the worker starts and watches."""

import logging
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from backend.contract import places
from backend.db import catalog, imports
from backend.db.database import Database, Session
from backend.db.imports import NotHeld
from worker import memory
from worker.process import ended
from worker.settings import WorkerSettings
from worker.watchdog import Watchdog

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
TELL_SECONDS = 0.5
"""How often an import says how far it is."""


class Uploads:
    """The worker's side: looks for an upload that waits, and has it imported."""

    def __init__(self, settings: WorkerSettings, worker_id: int) -> None:
        self._settings, self._worker_id = settings, worker_id

    def follow(self, gone: threading.Event) -> None:
        """Look until the worker is gone. One import at a time."""
        database = Database(self._settings.database)
        while not gone.wait(LOOK_SECONDS):
            try:
                self._look(database, gone)
            except Exception:
                # The thread's edge: a database that is away for a while must not end the looking for good.
                log.exception("could not look for uploads")
        database.close()

    def _look(self, database: Database, gone: threading.Event) -> None:
        with database.read() as session:
            if _next(session, self._settings.home) is None:
                return
        kills = memory.kills()
        process = subprocess.Popen([sys.executable, "-m", "worker", "import-upload", str(self._worker_id)])
        with Watchdog(process.pid, "out of memory", remedy="Import smaller images (size).") as watchdog:
            while process.poll() is None:
                if gone.wait(LOOK_SECONDS):
                    # The import waits again: whose worker is gone has it imported by the next.
                    process.kill()
                    process.wait()
                    return
        if process.returncode:
            starved = process.returncode == -signal.SIGKILL and (watchdog.near or memory.kills() > kills)
            self.tell_of_death(database, process.returncode, starved=starved, said=watchdog.sentence)

    def tell_of_death(
        self, database: Database, returncode: int, *, starved: bool = False, said: str | None = None
    ) -> None:
        """The importing process could not say itself how it ended. `said`: by whoever ended it."""
        with database.write() as session:
            reason = said or f"the importing process {ended(returncode, out_of_memory=starved)}"
            failed = imports.fail_held(session, self._worker_id, reason=reason)
        for each in failed:
            shutil.rmtree(places.upload(self._settings.home, each.id, each.key).parent, ignore_errors=True)


def import_upload(settings: WorkerSettings, worker_id: int) -> None:
    """In a process of its own: make a data set of the next upload, and say how that goes."""
    from worker.datasets import cards
    from worker.errors import CannotTrain
    from worker.importer import import_images

    database = Database(settings.database)
    # Looked for outside the transaction that takes it: a home on a network disk must not hold up all who write.
    with database.read() as session:
        import_id = _next(session, settings.home)
    if import_id is None:
        return
    with database.write() as session:
        claimed = imports.claim(session, worker_id, import_id)
    if claimed is None:
        return
    upload = places.upload(settings.home, import_id, claimed.key)
    teller = Teller(database, import_id, worker_id)
    try:
        size = (claimed.size, claimed.size) if claimed.size else None
        import_images(claimed.key, upload, settings.home, teller.tell, size=size)
        offered = cards(settings.home)
        with database.write() as session:
            catalog.announce_datasets(session, offered)
            imports.finish(session, import_id, worker_id)
    except CannotTrain as error:
        with database.write() as session:
            # The folder says nothing to who uploaded the file.
            imports.fail(session, import_id, worker_id, reason=str(error).replace(f"{upload.parent}/", ""))
    except NotHeld as error:
        log.warning("%s", error)
        return
    finally:
        database.close()
    shutil.rmtree(upload.parent, ignore_errors=True)


def _next(session: Session, home: Path) -> int | None:
    """The oldest that waits with its zip in this home. It lies in that of the backend which took it, on whichever host
    that is: another's are for a worker there."""
    waiting = ((row.id, row.key) for row in imports.waiting(session) if row.id is not None)
    return next((import_id for import_id, key in waiting if places.upload(home, import_id, key).is_file()), None)


class Teller:
    """Passes on how far an import is, now and then."""

    def __init__(self, database: Database, import_id: int, worker_id: int) -> None:
        self._database, self._import_id, self._worker_id = database, import_id, worker_id
        self._told_at = 0.0

    def tell(self, done: int, of: int) -> None:
        """Raises NotHeld."""
        now = time.monotonic()
        if now - self._told_at >= TELL_SECONDS or done == of:
            self._told_at = now
            with self._database.write() as session:
                imports.progress(session, self._import_id, self._worker_id, done=done, of=of)
