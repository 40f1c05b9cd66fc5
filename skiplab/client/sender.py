"""The background thread that delivers a run's spool to the lab while the run is logged."""

import time
import traceback
from threading import Event, Thread
from typing import TYPE_CHECKING

from skiplab.client import notices
from skiplab.client.connection import Connection
from skiplab.client.failures import Away
from skiplab.client.journal import Clock
from skiplab.client.leftovers import deliver_earlier
from skiplab.client.spool import Spool
from skiplab.client.transports import Connect, connected
from skiplab.contract.ingest_limits import HEARTBEAT_SECONDS

if TYPE_CHECKING:
    from skiplab.client.delivery import Delivery, Requests

INTERVAL = 1.0
"""Seconds between two batches, unless the earlier one was full."""

LONGEST_PAUSE = 30.0
"""Seconds between two attempts to reach a lab that is away."""


class Sender:
    """Delivers until the run has ended. `round` is one turn of the thread."""

    def __init__(
        self, spool: Spool, connection: Connection, *, connect: Connect | None = None, clock: Clock = time.monotonic
    ) -> None:
        self._spool, self._connection, self._connect, self._clock = spool, connection, connect or connected, clock
        self._lab: Requests | None = None
        self._delivery: Delivery | None = None
        self._thread = Thread(target=self._loop, name="skiplab-sender", daemon=True)
        self._wake, self._ended, self._answered = Event(), Event(), Event()
        self._closing = False
        self._due = self._contact = clock()
        self.ended_by_lab = False
        """Whether the lab will accept nothing more of this run: it was deleted, resumed elsewhere or has ended."""

        self.failures = 0
        """Failures in a row."""

        self.problem = ""
        """Why the lab was not reached last; empty: it was."""

    @property
    def delivery(self) -> "Delivery | None":
        return self._delivery

    @property
    def stop(self) -> str | None:
        """The status that the page has requested: cancelled or paused."""
        return self._delivery.stop if self._delivery else None

    @property
    def done(self) -> bool:
        return self._delivery is not None and self._delivery.done

    def start(self) -> None:
        """Start the thread. A process that may start none logs into its spool only."""
        try:
            self._thread.start()
        except RuntimeError as error:
            self.problem = f"no thread to send: {error}"
            notices.say(f"{self.problem}. Points are kept in {self._spool.folder}.")
            self.failures = 1
            self._answered.set()

    def wait_for_answer(self, seconds: float) -> None:
        """Wait until the lab has answered, or was not reached, once."""
        self._answered.wait(seconds)

    def close(self, seconds: float) -> bool:
        """Deliver what is left without pauses; return whether all of it was within this time."""
        self._closing = True
        self._due = self._clock()
        self._wake.set()
        return self._ended.wait(seconds) and self.done

    def round(self) -> float:
        """Do what is due; return the seconds until something is."""
        now = self._clock()
        if now < self._due:
            return self._due - now
        try:
            more = self._advance(now)
        except Away as away:
            self._fail(str(away), away.after)
        except Exception:  # noqa: BLE001  # the thread's edge: a fault here must not end the delivery
            notices.say_once(f"the run cannot be sent at present:\n{traceback.format_exc()}", about="sender")
            self._fail("see above", 0.0)
        else:
            self._succeed(more)
        self._answered.set()
        return max(0.0, self._due - self._clock())

    def _advance(self, now: float) -> bool:
        """Send the next part, or a heartbeat if it is time; return whether more is waiting."""
        # Imported in the thread: with the HTTP client and the contract's models it takes a while.
        from skiplab.client.delivery import Delivery, Step

        if self._lab is None:
            self._lab = self._connect(self._connection)
        if self._delivery is None:
            deliver_earlier(self._spool, self._lab)
            self._delivery = Delivery(self._spool, self._lab)
        step = self._delivery.advance()
        if step is Step.IDLE and not self._delivery.done:
            if now - self._contact < HEARTBEAT_SECONDS:
                return False
            self._delivery.beat()
        self._contact = now
        if refusal := self._delivery.refusal:
            self.ended_by_lab = self._spool.position.run is not None
            notices.say(f"{self._connection.url} accepts nothing more of this run: {refusal}. The training goes on.")
        return step is Step.MORE

    def _succeed(self, more: bool) -> None:
        if self.failures and self.problem:
            notices.say(f"connected to {self._connection.url}.")
        self.failures, self.problem = 0, ""
        self._due = self._clock() + (0.0 if more or self._closing else INTERVAL)

    def _fail(self, reason: str, after: float) -> None:
        if not self.problem:
            notices.say(f"cannot reach {self._connection.url} ({reason}). Points are kept in {self._spool.folder}.")
        self.failures += 1
        self.problem = reason
        pause = INTERVAL if self._closing else min(INTERVAL * 2 ** (self.failures - 1), LONGEST_PAUSE)
        self._due = self._clock() + max(pause, after)

    def _loop(self) -> None:
        while not self.done:
            pause = self.round()
            if not self.done:
                self._wake.wait(pause)
                self._wake.clear()
        assert self._delivery is not None  # it is done
        while not self._closing:  # refused: the training goes on, and its spool stays open
            self._wake.wait()
            self._wake.clear()
        self._delivery.close()
        self._ended.set()
