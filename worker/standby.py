"""The trainer process that a slot keeps ready: it has imported torch before its run is claimed."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer

from worker.process import TrainerProcess

log = logging.getLogger(__name__)


class Standby:
    """Keeps one trainer ready, unless the slot has had no run for `idle_seconds`; the next run starts another.

    Trainers are started by the calling thread: the kernel kills a process whose parent *thread* ends
    (`worker/parent_death.py`), and the timer's thread is short-lived.
    """

    def __init__(self, start: Callable[[], TrainerProcess], *, idle_seconds: float | None = None) -> None:
        """`idle_seconds`: None keeps it; 0 never has one."""
        self._start, self._idle_seconds = start, idle_seconds
        self._lock = Lock()
        self._trainer: TrainerProcess | None = None
        self._timer: Timer | None = None
        self._prepare()
        self._begin_idling()

    @contextmanager
    def taken(self) -> Iterator[TrainerProcess]:
        """Yield the trainer for one run, or a new one if it has died or been stopped, and start another for the next
        run. The trainer is killed at the end of the block."""
        trainer = self._take() or self._start()
        self._prepare()
        try:
            with trainer:
                yield trainer
        finally:
            self._begin_idling()

    def close(self) -> None:
        if trainer := self._take():
            trainer.kill()

    def _prepare(self) -> None:
        if self._idle_seconds != 0:
            self._trainer = self._start()

    def _take(self) -> TrainerProcess | None:
        """Return the trainer, which the timer then leaves alone; None if it is not alive."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            trainer, self._trainer, self._timer = self._trainer, None, None
        if trainer is None or trainer.alive:
            return trainer
        trainer.kill()
        return None

    def _begin_idling(self) -> None:
        if self._idle_seconds and self._trainer is not None:
            self._timer = Timer(self._idle_seconds, self._give_back, [self._trainer])
            self._timer.daemon = True
            self._timer.start()

    def _give_back(self, trainer: TrainerProcess) -> None:
        with self._lock:
            if self._trainer is not trainer:
                return  # taken in the meantime
            self._trainer = None
        trainer.kill()
        log.info("the standby trainer was stopped after %g s without a run", self._idle_seconds)
