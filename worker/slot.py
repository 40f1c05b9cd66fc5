"""One slot of a worker: one device, one run at a time. It claims, starts a trainer, watches it and settles the run."""

import logging
import time
from collections.abc import Callable

from backend.db import attempts, waiting
from backend.db.attempts import Claim, Fenced
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable, Session
from skiplab.contract.jobs import RENEW_SECONDS
from skiplab.contract.worker import Device
from worker import devices
from worker.messages import Assignment, Outcome
from worker.process import TrainerDied, TrainerProcess
from worker.settings import WorkerSettings

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often a slot looks for a cancel or a stop of the worker."""

AGAIN_SECONDS = 2.0
"""How long until a run's end is told again that the database could not take, for want of room perhaps."""

PATIENCE_SECONDS = 6.0
"""A trainer that was asked to stop may finish its batch for this long; then it is killed. With what it takes to
write that down, below the 10 s in which a worker has to be gone."""


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
        """Take the first waiting run, if there is one and the database can take it down."""
        if self._stopping():
            return None
        try:
            with self._database.write() as session:
                return attempts.claim(session, worker_id=self._worker_id, slot=self._index, device=self._device.name)
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("no run is taken until the next bell: %s", error)
            return None

    def train(self, claim: Claim) -> None:
        """See the claimed run through to an end, whichever."""
        log.info("run %d, attempt %d: starting", claim.run_id, claim.attempt)
        with self._take_standby() as trainer:
            trainer.begin(self._assignment(claim))
            try:
                self._see_through(claim, trainer)
            except Fenced as fence:
                # Whether it trained, was settled or had crashed: the run is somebody else's, and the slot goes on.
                log.warning("%s: its trainer is ended", fence)

    def others_wait(self) -> int | None:
        """A run that this slot could take next, for all that is known."""
        try:
            with self._database.read() as session:
                return waiting.next_one(session)
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("whether others wait is not known: %s", error)
            return None

    def close(self) -> None:
        self._standby.kill()
        self._database.close()

    def _take_standby(self) -> TrainerProcess:
        """The trainer that waits, or a new one if it died; and another is started to wait for the next run."""
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
            if death.out_of_memory:
                # Not once more: it would end in the same way, and take others with it.
                self._settle(claim, Outcome(ending="failed", reason=str(death)))
            else:
                self._crash(claim, str(death))
        else:
            self._settle(claim, outcome)

    def _watch(self, claim: Claim, trainer: TrainerProcess) -> Outcome:
        """Keep the lease and pass on a wish to stop, until the trainer has ended. Raises TrainerDied, Fenced."""
        renew_at, kill_at = 0.0, float("inf")
        while (outcome := self._look(trainer, asked_to_stop=kill_at < float("inf"))) is None:
            now = time.monotonic()
            if now >= renew_at and self._renewed(claim):
                renew_at = now + RENEW_SECONDS
            if kill_at == float("inf") and (self._stopping() or self._stop_requested(claim)):
                trainer.ask_to_stop()
                kill_at = now + PATIENCE_SECONDS
            if now >= kill_at:
                trainer.kill()
                return Outcome(ending="stopped")
        return outcome

    def _look(self, trainer: TrainerProcess, *, asked_to_stop: bool) -> Outcome | None:
        try:
            return trainer.outcome(timeout=LOOK_SECONDS)
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
            # No reason to end the trainer: the next look will show. The log hears of it from the lease.
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

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        log.info("run %d, attempt %d: %s %s", claim.run_id, claim.attempt, outcome.ending, outcome.reason or "")
        self._insist(claim, lambda session: _record(session, claim, outcome))

    def _crash(self, claim: Claim, reason: str) -> None:
        log.warning("run %d, attempt %d: %s", claim.run_id, claim.attempt, reason)
        self._insist(claim, lambda session: attempts.crash(session, claim.run_id, claim.attempt, reason=reason))

    def _insist(self, claim: Claim, tell: Callable[[Session], None]) -> None:
        """Write how it ended, again and again while the database cannot take it: nobody else knows the reason.

        Raises Fenced when the lease has run out meanwhile and the run went back to the queue.
        """
        while not self._taken(claim, tell) and not self._stopping():
            time.sleep(AGAIN_SECONDS)

    def _taken(self, claim: Claim, tell: Callable[[Session], None]) -> bool:
        try:
            with self._database.write() as session:
                tell(session)
        except (DatabaseBusy, DatabaseUnusable) as error:
            log.warning("run %d: how it ended is told again in %g s: %s", claim.run_id, AGAIN_SECONDS, error)
            return False
        return True


def _record(session: Session, claim: Claim, outcome: Outcome) -> None:
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
            pass  # somebody else has the run
