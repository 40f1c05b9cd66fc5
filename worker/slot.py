"""One slot of a worker: one device, one run at a time. Claims a run, watches its trainer, writes the outcome."""

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

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""How often a slot checks for a cancel or a stop of the worker."""

RETRY_SECONDS = 2.0
"""How long until a run's outcome is written again that the database could not take, for want of room perhaps."""

GRACE_SECONDS = 6.0
"""A trainer that was asked to stop may finish its batch for this long; then it is killed. Must stay below the 10 s
shutdown limit, including the final write."""


class Slot:
    """Lives in one process of the worker's pool."""

    def __init__(
        self, settings: WorkerSettings, *, worker_id: int, index: int, slots: list[Device], stopping: Callable[[], bool]
    ) -> None:
        self._settings, self._worker_id, self._index = settings, worker_id, index
        self._device = slots[index]
        self._environment = devices.environment(self._device, slots=len(slots))
        self._stopping = stopping
        self._database = Database.brief(settings.database)
        self._standby = TrainerProcess(self._environment)

    def claim(self) -> Claim | None:
        """Claim the first queued run, if there is one and the database answers."""
        if self._stopping():
            return None
        try:
            with self._database.write() as session:
                return attempts.claim(session, worker_id=self._worker_id, slot=self._index, device=self._device.name)
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("no run is claimed until the next notification: %s", error)
            return None

    def train(self, claim: Claim) -> None:
        """Train the claimed run to an end, whichever, and write its outcome."""
        log.info("run %d, attempt %d: starting", claim.run_id, claim.attempt)
        with self._take_standby() as trainer:
            trainer.begin(self._assignment(claim))
            try:
                self._see_through(claim, trainer)
            except Fenced as fence:
                # Raised while it trained, crashed or was settled: the attempt is over, and the slot goes on.
                log.warning("%s: its trainer is killed", fence)

    def others_wait(self) -> int | None:
        """Return the run that would be claimed next; None where none waits or the database does not answer."""
        try:
            with self._database.read() as session:
                return run_queue.next_one(session)
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("whether other runs wait is unknown: %s", error)
            return None

    def close(self) -> None:
        self._standby.kill()
        self._database.close()

    def _take_standby(self) -> TrainerProcess:
        """Return the standby trainer, or a new one if it died; start another for the next run."""
        trainer = self._standby if self._standby.alive else TrainerProcess(self._environment)
        self._standby = TrainerProcess(self._environment)
        return trainer

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
        """Raises Fenced."""
        try:
            outcome = self._watch(claim, trainer)
        except TrainerDied as death:
            # What ran out of memory would do so again, and take others with it.
            outcome = Outcome(ending="failed" if death.out_of_memory else "crashed", reason=str(death))
        log.info("run %d, attempt %d: %s %s", claim.run_id, claim.attempt, outcome.ending, outcome.reason or "")
        self._write_until_stored(claim, outcome)

    def _watch(self, claim: Claim, trainer: TrainerProcess) -> Outcome:
        """Renew the lease and pass on a request to stop, until the trainer has ended. Raises TrainerDied, Fenced."""
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
                # It had not come far enough to say so: the signal ended it during its imports.
                return Outcome(ending="stopped")
            raise

    def _stop_requested(self, claim: Claim) -> bool:
        try:
            with self._database.read() as session:
                return attempts.held(session, claim.run_id, claim.attempt).stop_requested
        except (DatabaseBusy, DatabaseUnusable):
            # No reason to end the trainer: the next poll will show. The renewal of the lease logs it.
            return False

    def _renewed(self, claim: Claim) -> bool:
        try:
            with self._database.write() as session:
                attempts.renew(session, claim.run_id, claim.attempt)
        except (DatabaseBusy, DatabaseUnusable) as error:
            # No reason to end the trainer: it may have long to compute before it needs to write.
            log.warning("run %d: the lease was not renewed: %s", claim.run_id, error)
            return False
        return True

    def _write_until_stored(self, claim: Claim, outcome: Outcome) -> None:
        """Retry until the outcome is stored, which nobody else knows, or the worker stops.

        Raises Fenced when the lease has expired meanwhile and the run went back to the queue.
        """
        while True:
            try:
                with self._database.write() as session:
                    _store(session, claim, outcome)
            except (DatabaseBusy, DatabaseUnusable) as error:
                log.warning("run %d: its outcome is written again in %g s: %s", claim.run_id, RETRY_SECONDS, error)
                if self._stopping():
                    return
                time.sleep(RETRY_SECONDS)
            else:
                return


def _store(session: Session, claim: Claim, outcome: Outcome) -> None:
    """Raises Fenced."""
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
