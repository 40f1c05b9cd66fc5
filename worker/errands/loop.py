"""The loop that runs errands: claims one, starts and watches its process, stores how it ended."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from backend.db import errands
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable, Session
from backend.db.errands import ErrandClaim, ErrandLost
from skiplab.contract.errands import Task
from skiplab.contract.jobs import RENEW_SECONDS
from worker import memory
from worker.errands.kind import Kind
from worker.errands.kinds import KINDS
from worker.process import ended
from worker.settings import WorkerSettings
from worker.watchdog import Watchdog, end_group

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""Interval at which a running errand is checked for cancellation."""

CHECK_SECONDS = 30.0
"""Interval at which an idle loop reads the queue without notification: a broker connection can die unnoticed."""

RETRY_SECONDS = 2.0
"""Delay before a failed transaction is retried."""


def lanes() -> list[bool]:
    """Return one entry for each loop: whether it runs quick kinds only.

    With two cores or more there is one such loop, so that a preview never waits for an import.
    """
    return [False] if (os.cpu_count() or 1) < 2 else [True, False]


class ErrandLoop:
    """Runs one errand at a time until the worker stops."""

    def __init__(self, settings: WorkerSettings, worker_id: int, gone: threading.Event, *, quick_only: bool) -> None:
        self._settings, self._worker_id, self._gone, self._quick_only = settings, worker_id, gone, quick_only
        self._notified = threading.Event()
        self._database = Database.brief(settings.database)

    def notify(self) -> None:
        """Make the loop check for errands, now or after the current one."""
        self._notified.set()

    def run(self) -> None:
        """Run until `gone` is set and `notify` has been called."""
        self.notify()  # for errands queued before the worker started
        while not self._gone.is_set():
            self._notified.wait(CHECK_SECONDS)
            self._notified.clear()
            try:
                while not self._gone.is_set() and (claim := self._claim()) is not None:
                    self._see_through(claim)
            except Exception:
                # The thread's edge: no failure may end the loop. The reconciler notifies again.
                log.exception("an errand could not be run")
        self._database.close()

    def _claim(self) -> ErrandClaim | None:
        """Claim an errand; None without one. Reads first, since most notifications are for other workers."""
        try:
            while (errand_id := self._next()) is not None:
                with self._database.write() as session:
                    claim = errands.claim(session, self._worker_id, errand_id)
                if claim is not None:
                    return claim
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("no errand could be claimed, retrying within %g s: %s", CHECK_SECONDS, error)
        return None

    def _next(self) -> int | None:
        with self._database.read() as session:
            return errands.next_for(session, self._suits)

    def _suits(self, task: Task) -> bool:
        kind = KINDS[task.kind]
        return (kind.is_quick or not self._quick_only) and kind.can_run_here(task, self._settings.home)

    def _see_through(self, claim: ErrandClaim) -> None:
        log.info("errand %d, attempt %d: %s", claim.errand_id, claim.attempt, claim.task)
        kind = KINDS[claim.task.kind]
        attempt = _Attempt(self._database, claim, kind, self._gone)
        try:
            attempt.see_through()
        except ErrandLost as lost:
            log.info("%s: it has ended, or its lease was lost", lost)
        kind.clean_up(claim.task, self._settings.home, self._database)


Settle = Callable[[Session], None]
"""Stores how an attempt ended."""


class _Attempt:
    """One attempt at an errand: its process, and storing how it ended."""

    def __init__(self, database: Database, claim: ErrandClaim, kind: Kind, gone: threading.Event) -> None:
        self._database, self._claim, self._kind, self._gone = database, claim, kind, gone

    def see_through(self) -> None:
        """Run the process and store how it ended.

        Raises ErrandLost once the process has stored its end, or the errand is cancelled or held by another worker.
        """
        settle = self._run()
        while settle is not None and not self._is_stored(settle) and not self._gone.is_set():
            time.sleep(RETRY_SECONDS)

    def _run(self) -> Settle | None:
        """Return what to store; None if the process itself has stored how it ended. Raises ErrandLost."""
        kills = memory.kills()
        command = [sys.executable, "-m", "worker", "errand", str(self._claim.errand_id), str(self._claim.attempt)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            with Watchdog(process.pid, "out of memory", remedy=self._kind.remedy) as watchdog:
                settle = self._watch(process)
        finally:
            end_group(process)
        if settle is not None or not process.returncode:
            return settle
        if watchdog.sentence is not None:
            return self._fail(watchdog.sentence)
        starved = process.returncode == -signal.SIGKILL and (watchdog.near or memory.kills() > kills)
        reason = f"its process {ended(process.returncode, out_of_memory=starved)}"
        # A retry would run out of memory again.
        return self._fail(reason) if starved else self._crash(reason)

    def _watch(self, process: "subprocess.Popen[bytes]") -> Settle | None:
        """Renew the lease until the process ends (None) or must be killed (what to store). Raises ErrandLost."""
        started, renew_at = time.monotonic(), 0.0
        while process.poll() is None:
            now = time.monotonic()
            if now - started > self._kind.limit_seconds:
                return self._fail(f"timed out after {self._kind.limit_seconds:,.0f} s")
            if self._is_held(renew=now >= renew_at) and now >= renew_at:
                renew_at = now + RENEW_SECONDS
            if self._gone.wait(POLL_SECONDS):
                return self._hand_back("its worker was stopped")
        return None

    def _is_held(self, *, renew: bool) -> bool:
        """Check the lease; False if the database is unavailable, which is no reason to kill. Raises ErrandLost."""
        errand_id, attempt = self._claim.errand_id, self._claim.attempt
        try:
            if renew:
                with self._database.write() as session:
                    errands.renew(session, errand_id, attempt)
            else:
                with self._database.read() as session:
                    errands.held(session, errand_id, attempt)
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("errand %d: its lease could not be checked: %s", errand_id, error)
            return False
        return True

    def _is_stored(self, settle: Settle) -> bool:
        """Store how the attempt ended; False if the database is unavailable. Raises ErrandLost."""
        try:
            with self._database.write() as session:
                settle(session)
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning(
                "errand %d: storing its end failed; retrying in %g s: %s", self._claim.errand_id, RETRY_SECONDS, error
            )
            return False
        return True

    def _fail(self, error: str) -> Settle:
        return lambda session: errands.fail(session, self._claim.errand_id, self._claim.attempt, error=error)

    def _crash(self, reason: str) -> Settle:
        return lambda session: errands.crash(session, self._claim.errand_id, self._claim.attempt, reason=reason)

    def _hand_back(self, reason: str) -> Settle:
        return lambda session: errands.hand_back(session, self._claim.errand_id, self._claim.attempt, reason=reason)
