"""Periodic reconciliation: expire leases and heartbeats, flag stalls, repeat lost notifications. Safe to run in
several backends at once."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from backend.db import attempts, client_runs, errands, run_queue, run_views, runs, workers
from backend.db.attempts import Fenced
from backend.db.database import Database
from backend.db.errands import ErrandLost
from backend.notifier import Notifier
from skiplab.contract.ingest_limits import LOST_CONTACT_SECONDS
from skiplab.contract.jobs import LEASE_SECONDS
from skiplab.contract.lifecycle import STALLED_SECONDS

log = logging.getLogger(__name__)

Key = TypeVar("Key")

PERIOD_SECONDS = 1.0

NOTIFY_AFTER_SECONDS = 2.0
"""Grace period before a notification is repeated, since the first may still be in transit."""

LONGEST_STEP_SECONDS = 5.0
"""Most seconds counted between two polls: while this process itself was suspended (a paused container or machine),
counters are not expected to move."""

CONTENDED_SECONDS = 1.0
"""If this process waited longer for the write lock, holders may have been unable to renew their leases as well."""


@dataclass
class Watch(Generic[Key]):
    """Counters that should increase, timed by this process's monotonic clock, so that wall clocks may jump."""

    clock: Callable[[], float] = time.monotonic
    _seen: dict[Key, tuple[int, float]] = field(default_factory=dict)
    _polled_at: float | None = None
    _watched: float = 0.0

    def unchanged_seconds(self, counters: dict[Key, int]) -> dict[Key, float]:
        """Return the seconds since each counter was last seen to change. Keys that disappear are dropped."""
        now = self._time_watched()
        self._seen = {
            key: self._seen[key] if key in self._seen and self._seen[key][0] == count else (count, now)
            for key, count in counters.items()
        }
        return {key: now - since for key, (_, since) in self._seen.items()}

    def _time_watched(self) -> float:
        now = self.clock()
        if self._polled_at is not None:
            self._watched += min(now - self._polled_at, LONGEST_STEP_SECONDS)
        self._polled_at = now
        return self._watched


class Due:
    """Whether startable work has been queued for NOTIFY_AFTER_SECONDS; restarts after each notification."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: float | None = None

    def check(self, could_start: bool) -> bool:
        if not could_start:
            self._since = None
        elif self._since is None:
            self._since = self._clock()
        elif self._clock() - self._since >= NOTIFY_AFTER_SECONDS:
            self._since = None
            return True
        return False


class Reconciler:
    def __init__(self, database: Database, notifier: Notifier, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._notifier, self._clock = database, notifier, clock
        self._leases: Watch[tuple[int, int]] = Watch(clock)
        self._beats: Watch[int] = Watch(clock)
        self._positions: Watch[tuple[int, int]] = Watch(clock)
        self._calls: Watch[tuple[int, int]] = Watch(clock)
        self._errand_leases: Watch[tuple[int, int]] = Watch(clock)
        self._runs_due = Due(clock)
        self._errands_due = Due(clock)

    def step(self) -> None:
        """Run all checks once."""
        self._requeue_lost_runs()
        self._flag_stalled_runs()
        self._flag_silent_clients()
        self._mark_silent_workers_offline()
        self._requeue_lost_errands()
        self._notify_of_waiting_runs()
        self._notify_of_waiting_errands()

    def _requeue_lost_runs(self) -> None:
        with self._database.read() as session:
            leases = {(held.run_id, held.attempt): held.lease for held in runs.held_by_workers(session)}
        for (run_id, attempt), seconds in self._leases.unchanged_seconds(leases).items():
            if seconds > LEASE_SECONDS:
                self._lose(run_id, attempt, leases[run_id, attempt])

    def _lose(self, run_id: int, attempt: int, lease: int) -> None:
        asked = self._clock()
        try:
            with self._database.write() as session:
                row = attempts.held(session, run_id, attempt)
                if row.lease != lease or self._clock() - asked > CONTENDED_SECONDS:
                    return  # renewed meanwhile, or blocked like this transaction: the next step decides
                worker = run_views.view(session, row).worker
                attempts.lose(session, run_id, attempt, reason=f"lease expired on worker {worker}")
        except Fenced:
            return  # settled by another backend or by the worker itself
        log.warning("run %d: lease of attempt %d expired", run_id, attempt)

    def _flag_stalled_runs(self) -> None:
        with self._database.read() as session:
            positions = {
                (held.run_id, held.attempt): round(1e6 * (held.epoch + held.epoch_share))
                for held in runs.held_by_workers(session)
            }
        for (run_id, attempt), seconds in self._positions.unchanged_seconds(positions).items():
            if seconds > STALLED_SECONDS:
                # It may have been settled in the meantime.
                with suppress(Fenced), self._database.write() as session:
                    attempts.stall(session, run_id, attempt, seconds=seconds)

    def _flag_silent_clients(self) -> None:
        with self._database.read() as session:
            calls = client_runs.calls(session)
        for (run_id, holder), seconds in self._calls.unchanged_seconds(calls).items():
            if seconds > LOST_CONTACT_SECONDS:
                asked = self._clock()
                with self._database.write() as session:
                    if self._clock() - asked > CONTENDED_SECONDS:
                        return  # as for a run that a worker holds
                    client_runs.lose_contact(session, run_id, holder, calls=calls[run_id, holder], seconds=seconds)

    def _mark_silent_workers_offline(self) -> None:
        with self._database.read() as session:
            beats = {row.id or 0: row.beat for row in workers.online(session)}
        for worker_id, seconds in self._beats.unchanged_seconds(beats).items():
            if seconds > LEASE_SECONDS:
                with self._database.write() as session:
                    workers.leave(session, worker_id)

    def _requeue_lost_errands(self) -> None:
        with self._database.read() as session:
            leases = {(row.id or 0, row.attempt): row.lease for row in errands.running(session)}
        for (errand_id, attempt), seconds in self._errand_leases.unchanged_seconds(leases).items():
            if seconds > LEASE_SECONDS:
                self._lose_errand(errand_id, attempt, leases[errand_id, attempt])

    def _lose_errand(self, errand_id: int, attempt: int, lease: int) -> None:
        asked = self._clock()
        # It may have been settled in the meantime.
        with suppress(ErrandLost), self._database.write() as session:
            row = errands.held(session, errand_id, attempt)
            if row.lease != lease or self._clock() - asked > CONTENDED_SECONDS:
                return  # as for a run
            worker = errands.view(session, row).worker
            errands.lose(session, errand_id, attempt, reason=f"lease expired on worker {worker}")
            log.warning("errand %d: lease of attempt %d expired", errand_id, attempt)

    def _notify_of_waiting_runs(self) -> None:
        with self._database.read() as session:
            run_id = run_queue.next_one(session) if workers.idle_slots(session) > 0 else None
        if self._runs_due.check(run_id is not None) and run_id is not None:
            self._notifier.notify_run(run_id)

    def _notify_of_waiting_errands(self) -> None:
        with self._database.read() as session:
            errand_id = errands.overlooked(session)
        if self._errands_due.check(errand_id is not None) and errand_id is not None:
            self._notifier.notify_errand(errand_id)
