"""One slot of a worker: one device, one run at a time. Claims a run, watches its trainer, stores the outcome."""

import logging
import time
from collections.abc import Callable

from backend.db import attempts, run_queue
from backend.db.attempts import Claim, Fenced
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable, Session
from skiplab.contract.jobs import RENEW_SECONDS
from skiplab.contract.worker import Device
from worker import devices
from worker.messages import Assignment, Outcome
from worker.process import TrainerDied, TrainerProcess
from worker.settings import WorkerSettings
from worker.standby import Standby

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""Interval at which a slot checks whether its run is to stop."""

RETRY_SECONDS = 2.0
"""Delay before an outcome is written again that the database refused, such as for a full disk."""

GRACE_SECONDS = 6.0
"""Time for a trainer to stop before it is killed. Must stay below the 10 s shutdown limit, including the final
write."""


class Slot:
    """Trains claimed runs, in one process of the worker's pool."""

    def __init__(
        self, settings: WorkerSettings, *, worker_id: int, index: int, slots: list[Device], stopping: Callable[[], bool]
    ) -> None:
        self._settings, self._worker_id, self._index = settings, worker_id, index
        self._device = slots[index]
        environment = devices.environment(self._device, slots=len(slots))
        self._stopping = stopping
        self._database = Database.brief(settings.database)
        self._standby = Standby(lambda: TrainerProcess(environment), idle_seconds=settings.standby_idle_seconds)

    def claim(self) -> Claim | None:
        """Claim the first queued run; None if there is none or the database is unavailable."""
        if self._stopping():
            return None
        try:
            with self._database.write() as session:
                return attempts.claim(session, worker_id=self._worker_id, slot=self._index, device=self._device.name)
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("no run is claimed until the next notification: %s", error)
            return None

    def train(self, claim: Claim) -> None:
        """Train the claimed run until it ends in any way, and store its outcome."""
        log.info("run %d, attempt %d: starting", claim.run_id, claim.attempt)
        with self._standby.taken() as trainer:
            trainer.begin(self._assignment(claim))
            try:
                self._see_through(claim, trainer)
            except Fenced as fence:
                # May come at any stage of the attempt, which is over; the slot continues.
                log.warning("%s: killing its trainer", fence)

    def others_wait(self) -> int | None:
        """Return the run that would be claimed next; None if there is none or the database is unavailable."""
        try:
            with self._database.read() as session:
                return run_queue.next_one(session)
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("whether other runs wait is unknown: %s", error)
            return None

    def close(self) -> None:
        self._standby.close()
        self._database.close()

    def _assignment(self, claim: Claim) -> Assignment:
        return Assignment(
            run_id=claim.run_id,
            attempt=claim.attempt,
            spec=claim.spec,
            device=self._device.kind,
            home=self._settings.home,
            database=self._settings.database,
        )

    def _see_through(self, claim: Claim, trainer: TrainerProcess) -> None:
        """Watch the trainer until the attempt ends, and store the outcome. Raises Fenced."""
        try:
            outcome = self._watch(claim, trainer)
        except TrainerDied as death:
            # A retry would run out of memory again, and may take other processes with it.
            outcome = Outcome(ending="failed" if death.out_of_memory else "crashed", reason=str(death))
        log.info("run %d, attempt %d: %s %s", claim.run_id, claim.attempt, outcome.ending, outcome.reason or "")
        self._write_until_stored(claim, outcome)

    def _watch(self, claim: Claim, trainer: TrainerProcess) -> Outcome:
        """Renew the lease and forward a stop request until the trainer ends. Raises TrainerDied, Fenced."""
        renew_at, kill_at = 0.0, float("inf")
        while (outcome := self._poll(trainer, asked_to_stop=kill_at < float("inf"))) is None:
            now = time.monotonic()
            if now >= renew_at and self._renewed(claim):
                renew_at = now + RENEW_SECONDS
            if kill_at == float("inf") and (self._stopping() or self._stop_requested(claim)):
                trainer.ask_to_stop()
                kill_at = now + GRACE_SECONDS
            if now >= kill_at:
                trainer.kill()
                return Outcome(ending="stopped")
        return outcome

    def _poll(self, trainer: TrainerProcess, *, asked_to_stop: bool) -> Outcome | None:
        try:
            return trainer.outcome(timeout=POLL_SECONDS)
        except TrainerDied:
            if asked_to_stop:
                # The signal ended it during its imports, before it could report an outcome.
                return Outcome(ending="stopped")
            raise

    def _stop_requested(self, claim: Claim) -> bool:
        try:
            with self._database.read() as session:
                return attempts.held(session, claim.run_id, claim.attempt).stop_requested
        except (DatabaseBusy, DatabaseUnusable):
            # No reason to stop the trainer: the next poll tries again. The renewal of the lease logs the error.
            return False

    def _renewed(self, claim: Claim) -> bool:
        try:
            with self._database.write() as session:
                attempts.renew(session, claim.run_id, claim.attempt)
        except (DatabaseBusy, DatabaseUnusable) as error:
            # No reason to stop the trainer: it may not need the database for a while.
            log.warning("run %d: the lease was not renewed: %s", claim.run_id, error)
            return False
        return True

    def _write_until_stored(self, claim: Claim, outcome: Outcome) -> None:
        """Retry until the outcome is stored or the worker stops.

        Raises Fenced if the lease has expired meanwhile and the run is back in the queue.
        """
        while True:
            try:
                with self._database.write() as session:
                    _store(session, claim, outcome)
            except (DatabaseBusy, DatabaseUnusable) as error:
                log.warning("run %d: outcome not stored; retrying in %g s: %s", claim.run_id, RETRY_SECONDS, error)
                if self._stopping():
                    return
                time.sleep(RETRY_SECONDS)
            else:
                return


def _store(session: Session, claim: Claim, outcome: Outcome) -> None:
    """Store an outcome. Raises Fenced."""
    match outcome.ending:
        case "finished":
            attempts.finish(session, claim.run_id, claim.attempt, reason=outcome.reason)
        case "stopped":
            reason = outcome.reason or "its worker was stopped"
            attempts.hand_back(session, claim.run_id, claim.attempt, reason=reason)
        case "failed":
            reason = outcome.reason or "failed"
            attempts.fail(session, claim.run_id, claim.attempt, reason=reason, traceback=outcome.traceback)
        case "fenced":
            pass  # another attempt holds the run
        case "crashed":
            reason = outcome.reason or "its trainer died"
            attempts.crash(session, claim.run_id, claim.attempt, reason=reason)
