"""Inspects uploads and makes data sets of them: a process for each, which a thread of the worker starts and watches."""

import logging
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from backend.db import catalog, imports, versions
from backend.db.database import Database, Session
from backend.db.imports import NotHeld
from backend.db.tables import utc_now
from skiplab.contract import places
from skiplab.contract.imports import Choices, Found, Import
from worker import memory
from worker.process import ended
from worker.settings import WorkerSettings
from worker.watchdog import Watchdog

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
CANCEL_SECONDS = 0.5
"""How often a running import is asked after: one that is cancelled stops within two seconds, with what it holds."""

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
        kills, since = memory.kills(), utc_now()
        process = subprocess.Popen([sys.executable, "-m", "worker", "import-upload", str(self._worker_id)])
        with Watchdog(process.pid, "out of memory", remedy="Import smaller images (size).") as watchdog:
            while process.poll() is None:
                # A worker that goes leaves the import waiting for the next one.
                if gone.wait(CANCEL_SECONDS) or self._is_cancelled(database, since):
                    process.kill()
                    process.wait()
                    self._clean_up(database, since)
                    return
        if process.returncode:
            starved = process.returncode == -signal.SIGKILL and (watchdog.near or memory.kills() > kills)
            self.tell_of_death(database, process.returncode, starved=starved, said=watchdog.sentence)

    def _is_cancelled(self, database: Database, since: datetime) -> bool:
        with database.read() as session:
            return bool(imports.cancelled_since(session, self._worker_id, since))

    def _clean_up(self, database: Database, since: datetime) -> None:
        """What a process that was killed leaves."""
        from worker.datasets import maker  # numpy, too, only after the pool has been forked

        with database.read() as session:
            cancelled = imports.cancelled_since(session, self._worker_id, since)
        for each in cancelled:
            _remove(self._settings.home, each)
        maker.sweep(self._settings.home)

    def tell_of_death(
        self, database: Database, returncode: int, *, starved: bool = False, said: str | None = None
    ) -> None:
        """The importing process could not say itself how it ended. `said`: by whoever ended it."""
        with database.write() as session:
            reason = said or f"the importing process {ended(returncode, out_of_memory=starved)}"
            failed = imports.fail_held(session, self._worker_id, reason=reason)
        for each in failed:
            _remove(self._settings.home, each)


def import_upload(settings: WorkerSettings, worker_id: int) -> None:
    """In a process of its own: inspect the next upload or make a data set of it, and say how that goes."""
    from worker.errors import CannotTrain

    database = Database(settings.database)
    # Looked for outside the transaction that takes it: a home on a network disk must not hold up all who write.
    with database.read() as session:
        import_id = _next(session, settings.home)
    if import_id is None:
        return
    with database.write() as session:
        row = imports.claim(session, worker_id, import_id)
        claimed = None if row is None else imports.view(row)
    if claimed is None:
        return
    upload = places.uploaded(settings.home, import_id) or places.upload(settings.home, import_id, claimed.key)
    teller = Teller(database, import_id, worker_id)
    try:
        _work(settings, database, claimed, upload, teller)
        if claimed.preview:
            return
    except CannotTrain as error:
        with suppress(NotHeld), database.write() as session:
            # The folder says nothing to who uploaded the file.
            imports.fail(session, import_id, worker_id, reason=str(error).replace(f"{upload.parent}/", ""))
    except NotHeld as error:
        log.warning("%s", error)
        return
    finally:
        database.close()
    _remove(settings.home, claimed)


def _work(settings: WorkerSettings, database: Database, claimed: Import, upload: Path, teller: "Teller") -> None:
    """Raises CannotTrain, NotHeld."""
    from worker.datasets import cards
    from worker.importer import Options, import_images, inspect

    called = claimed.file or f"{claimed.key}.zip"
    options = Options.of(Choices.model_validate(claimed, from_attributes=True))
    if claimed.preview:
        teller.found(inspect(upload, options, scratch=settings.home, progress=teller.tell, called=called))
        return
    import_images(
        claimed.key,
        upload,
        settings.home,
        teller.tell,
        options=options,
        called=called,
        looked=teller.look,
        seen=teller.found,
    )
    with database.write() as session:
        versions.hold(session)
        catalog.announce_datasets(session, cards(settings.home))
        imports.finish(session, claimed.id, teller.worker_id)


def _next(session: Session, home: Path) -> int | None:
    """The oldest that waits with its file in this home. It lies in that of the backend which took it, on whichever host
    that is: another's are for a worker there."""
    waiting = (row.id for row in imports.waiting(session) if row.id is not None)
    return next((import_id for import_id in waiting if places.uploaded(home, import_id) is not None), None)


def _remove(home: Path, ended: Import) -> None:
    shutil.rmtree(places.uploads(home) / str(ended.id), ignore_errors=True)


class Teller:
    """Passes on how far an import is, now and then."""

    def __init__(self, database: Database, import_id: int, worker_id: int) -> None:
        self._database, self._import_id, self.worker_id = database, import_id, worker_id
        self._told_at = 0.0

    def tell(self, done: int, of: int) -> None:
        """Raises NotHeld."""
        now = time.monotonic()
        if now - self._told_at >= TELL_SECONDS or done == of:
            self._told_at = now
            with self._database.write() as session:
                imports.progress(session, self._import_id, self.worker_id, done=done, of=of)

    def look(self, done: int, of: int) -> None:
        """Before anything is imported: none is done yet. Raises NotHeld."""
        if done < of:
            self.tell(0, of)

    def found(self, found: Found) -> None:
        """Raises NotHeld."""
        with self._database.write() as session:
            imports.keep_found(session, self._import_id, self.worker_id, found)
