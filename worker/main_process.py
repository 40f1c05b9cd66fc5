"""The worker's main process: registers and deregisters the worker, sends heartbeats, runs errands."""

import logging
import multiprocessing
import socket
import threading

from backend.db import attempts, errands, workers
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.db.migration import other_version, wait_until_current
from skiplab.contract.jobs import RENEW_SECONDS
from skiplab.contract.worker import Device
from worker.catalog_watcher import CatalogWatcher
from worker.devices import slot_devices
from worker.errands import notifications
from worker.errands.loop import ErrandLoop, lanes
from worker.settings import WorkerSettings
from worker.slot import Slot

log = logging.getLogger(__name__)


LEAVE_SECONDS = 3.0
"""How long a loop may take to return its errand to the queue when the worker stops, within 10 s in all."""


class MainProcess:
    """Created before the pool's processes are forked; each inherits it and opens its own slot."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._devices = slot_devices(settings.slots)
        # Shared with the pool's processes, so that a stop reaches slots that are watching a trainer.
        self._stopping = multiprocessing.get_context("fork").Event()
        self._gone = threading.Event()
        self._loops: dict[threading.Thread, ErrandLoop] = {}
        self._errands_stop = threading.Event()
        self._watcher = CatalogWatcher(settings)
        self._name = settings.worker_name or socket.gethostname()
        self._worker_id: int | None = None
        self._sign = settings.home / "workers" / socket.gethostname()
        self._slot: Slot | None = None

    @property
    def devices(self) -> list[Device]:
        return self._devices

    def register(self) -> None:
        """Register in the database. Waits for the backend to migrate."""
        database = Database(self._settings.database)
        wait_until_current(database)
        with database.write() as session:
            self._worker_id = workers.register(session, name=self._name, devices=self._devices)
            attempts.reclaim(session, self._worker_id)
            errands.reclaim(session, self._worker_id)
        # No connection may be open while the pool forks: SQLite connections do not survive it.
        database.close()

    def start_beating(self) -> None:
        """Start the threads of heartbeat, catalogue and errands."""
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        threading.Thread(target=self._watcher.follow, args=(self._gone,), name="catalog", daemon=True).start()
        self._start_errands()

    def stop(self) -> None:
        """Ask all slots to return their runs to the queue, and all loops their errands."""
        self._stopping.set()
        self._errands_stop.set()
        self._notify_loops()

    def leave(self) -> None:
        """Stop all threads and deregister the worker."""
        self._gone.set()
        self.stop()
        for thread in self._loops:
            thread.join(LEAVE_SECONDS)
        self._sign.unlink(missing_ok=True)
        if self._worker_id is not None:
            database = Database.brief(self._settings.database)
            try:
                with database.write() as session:
                    workers.leave(session, self._worker_id)
            except (DatabaseBusy, DatabaseUnusable) as error:
                log.warning("the worker could not deregister; it shows as offline once its heartbeat is old: %s", error)
            database.close()

    def open_slot(self, index: int) -> None:
        """Open slot `index` in this pool process."""
        assert self._worker_id is not None
        self._slot = Slot(
            self._settings,
            worker_id=self._worker_id,
            index=index,
            slots=self._devices,
            stopping=self._stopping.is_set,
        )

    def close_slot(self) -> None:
        if self._slot is not None:
            self._slot.close()

    @property
    def slot(self) -> Slot:
        """The slot of this pool process."""
        assert self._slot is not None
        return self._slot

    def _start_errands(self) -> None:
        for quick_only in lanes():
            loop = ErrandLoop(self._settings, self._worker_id or 0, self._errands_stop, quick_only=quick_only)
            self._loops[threading.Thread(target=loop.run, name="errands", daemon=True)] = loop
        for thread in self._loops:
            thread.start()
        given = (self._settings.broker, self._name, self._notify_loops, self._errands_stop)
        threading.Thread(target=notifications.listen, args=given, name="notifications", daemon=True).start()

    def _notify_loops(self) -> None:
        for loop in self._loops.values():
            loop.notify()

    def _beat(self) -> None:
        database = Database(self._settings.database)
        logged = None
        while not self._gone.wait(RENEW_SECONDS):
            try:
                if (reason := other_version(database)) not in (None, logged):
                    log.error("this worker claims nothing: %s", reason)
                    logged = reason
                with database.write() as session:
                    workers.beat(session, self._worker_id or 0)
                # For a container's health check, which only compares the age of this file.
                self._sign.parent.mkdir(exist_ok=True)
                self._sign.touch()
            except Exception:
                # The thread's edge: a database that is unavailable for a while must not end the heartbeat.
                log.exception("the heartbeat could not be written; retrying in %g s", RENEW_SECONDS)
