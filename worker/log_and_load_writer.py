"""Write a run's log and the system load to the database, from a thread beside the training loop."""

import logging
import threading
from types import TracebackType
from typing import Self

from backend.db import records
from backend.db.attempts import Fenced
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from skiplab.contract.telemetry import SystemSample
from worker.logbook import Logbook
from worker.machine_load import LoadMeter
from worker.training.watch import Switch

LOG_SECONDS = 1.0
LOAD_SECONDS = 5.0

log = logging.getLogger(__name__)


class LogAndLoadWriter:
    """Flushes the log once a second and on exit; samples the load every five seconds."""

    def __init__(
        self, database: Database, run_id: int, attempt: int, logbook: Logbook, meter: LoadMeter | None
    ) -> None:
        self._database, self._run_id, self._attempt = database, run_id, attempt
        self._logbook, self._meter = logbook, meter
        self._switch = Switch("the machine's load")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log and load", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        seconds = 0.0
        if self._meter:
            with self._switch.guarded():
                self._meter.begin()
        try:
            while not self._done.wait(LOG_SECONDS):
                self._flush_log()
                seconds += LOG_SECONDS
                if seconds >= LOAD_SECONDS and (sample := self._load()):
                    seconds = 0.0
                    with self._database.write() as session:
                        records.system(session, self._run_id, self._attempt, sample)
            self._flush_log()
        except Fenced:
            pass  # the training loop gets the same error and ends the attempt
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("%s The rest of this attempt's log and system load is not stored.", error)

    def _load(self) -> SystemSample | None:
        """Return a sample; None if the run disables it or it is not available."""
        if self._meter and self._switch.on:
            with self._switch.guarded():
                return self._meter.sample()
        return None

    def _flush_log(self) -> None:
        if lines := self._logbook.take():
            with self._database.write() as session:
                records.log(session, self._run_id, self._attempt, lines)
