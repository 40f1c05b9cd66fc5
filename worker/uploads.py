"""Inspects uploads and makes data sets of them: a process for each, which a thread of the worker starts and watches."""

import logging
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path

from backend.db import catalog, imports, versions
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable, Session
from backend.db.imports import NotHeld
from skiplab.contract import places
from skiplab.contract.imports import ENDED, Choices, Found, Import, ImportStatus
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
            import_id = next_here(session, self._settings.home)
        if import_id is None:
            return
        death = self._run(database, import_id, gone)
        # Until it is settled the import is this worker's, and nobody else takes it.
        while not self._is_settled(database, import_id, death) and not gone.wait(LOOK_SECONDS):
            pass

    def _run(self, database: Database, import_id: int, gone: threading.Event) -> str | None:
        """See the process of an import through to its end. Answers what it died of, where it could not say so."""
        kills = memory.kills()
        command = [sys.executable, "-m", "worker", "import-upload", str(self._worker_id), str(import_id)]
        process = subprocess.Popen(command)
        with Watchdog(process.pid, "out of memory", remedy="Import smaller images (size).") as watchdog:
            while process.poll() is None:
                # A worker that goes leaves the import waiting for the next one.
                if gone.wait(CANCEL_SECONDS) or self._is_cancelled(database, import_id):
                    process.kill()
                    process.wait()
                    return None
        if not process.returncode:
            return None
        starved = process.returncode == -signal.SIGKILL and (watchdog.near or memory.kills() > kills)
        return watchdog.sentence or f"the importing process {ended(process.returncode, out_of_memory=starved)}"

    def _is_cancelled(self, database: Database, import_id: int) -> bool:
        """Others of this worker may be cancelled meanwhile, such as a preview that nobody took: they do not run."""
        try:
            with database.read() as session:
                row = imports.get(session, import_id)
                return row is not None and row.status == ImportStatus.CANCELLED
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("whether import %d is cancelled is not known: %s", import_id, error)
            return False

    def _is_settled(self, database: Database, import_id: int, death: str | None) -> bool:
        """Report what the process died of, and remove what one that was ended leaves. False: the database was away."""
        from worker.datasets import maker  # numpy, too, only after the pool has been forked

        try:
            with database.write() as session:
                row = imports.get(session, import_id)
                if death is not None and row is not None and row.status not in ENDED:
                    with suppress(NotHeld):  # it died before it had begun
                        imports.fail(session, import_id, self._worker_id, reason=death)
                over = row is None or row.status in ENDED
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("the end of import %d is not written yet: %s", import_id, error)
            return False
        if over:
            _remove(self._settings.home, import_id)
        maker.sweep(self._settings.home)
        return True


def import_upload(settings: WorkerSettings, worker_id: int, import_id: int) -> None:
    """In a process of its own: inspect this upload or make a data set of it, and say how that goes.

    Does nothing where another worker was quicker, or somebody has cancelled it.
    """
    database = Database(settings.database)
    try:
        with database.write() as session:
            row = imports.claim(session, worker_id, import_id)
            claimed = None if row is None else imports.view(row)
        if claimed is not None:
            _import(settings, database, worker_id, claimed)
    except NotHeld as error:
        log.warning("%s", error)
    finally:
        database.close()


def _import(settings: WorkerSettings, database: Database, worker_id: int, claimed: Import) -> None:
    """Raises NotHeld."""
    from worker.errors import CannotTrain

    upload = places.uploaded(settings.home, claimed.id) or places.upload(settings.home, claimed.id, claimed.key)
    try:
        _work(settings, database, claimed, upload, Teller(database, claimed.id, worker_id))
        if claimed.preview:
            return
    except CannotTrain as error:
        # The folder says nothing to who uploaded the file.
        _fail(database, worker_id, claimed, str(error).replace(f"{upload.parent}/", ""))
    except (NotHeld, DatabaseBusy, DatabaseUnusable):
        raise
    except OSError as error:
        log.exception("import %s of %s", claimed.id, claimed.key)
        _fail(database, worker_id, claimed, f"the worker cannot read or write its files: {error.strerror or error}")
    except Exception as error:
        # The process's edge: whoever uploaded the file cannot read the worker's log.
        log.exception("import %s of %s", claimed.id, claimed.key)
        what = traceback.format_exception_only(error)[-1].strip()
        _fail(database, worker_id, claimed, f"the import failed unexpectedly ({what}); the worker's log has more")
    _remove(settings.home, claimed.id)


def _fail(database: Database, worker_id: int, claimed: Import, reason: str) -> None:
    """Raises NotHeld."""
    with database.write() as session:
        imports.fail(session, claimed.id, worker_id, reason=reason)


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


def next_here(session: Session, home: Path) -> int | None:
    """The oldest that waits with its file in this home. It lies in that of the backend which took it, on whichever host
    that is: another's are for a worker there."""
    waiting = (row.id for row in imports.waiting(session) if row.id is not None)
    return next((import_id for import_id in waiting if places.uploaded(home, import_id) is not None), None)


def _remove(home: Path, import_id: int) -> None:
    shutil.rmtree(places.uploads(home) / str(import_id), ignore_errors=True)


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
