"""The one task: a notification that a run waits. Which run is trained, the database decides."""

import logging

from celery import Celery, Task
from kombu.exceptions import OperationalError

from skiplab.contract.jobs import TRAIN_TASK
from worker.main_process import MainProcess

log = logging.getLogger(__name__)


def install(app: Celery, main_process: MainProcess) -> None:
    @app.task(name=TRAIN_TASK)
    def train(run_id: int) -> None:
        """Somebody says that a run waits; `run_id` is for the log."""
        claim = main_process.slot.claim()
        if claim is None:
            log.info("rung for run %d, but nothing waits", run_id)
            return
        main_process.slot.train(claim)
        waiting = main_process.slot.others_wait()
        if waiting is not None:
            _notify(train, waiting)


def _notify(train: Task, run_id: int) -> None:
    """Say that another run waits. A broker that is away is no failure: the reconciler notifies again."""
    try:
        train.apply_async([run_id], retry=False)
    except OperationalError as error:
        log.warning("run %d: the broker did not take the notification: %s", run_id, error)
