"""The only Celery task: a notification that a run is queued. The run to train is claimed from the database."""

import logging

from celery import Celery, Task
from kombu.exceptions import OperationalError

from skiplab.contract.jobs import TRAIN_TASK
from worker.main_process import MainProcess

log = logging.getLogger(__name__)


def install(app: Celery, main_process: MainProcess) -> None:
    """Register the task."""

    @app.task(name=TRAIN_TASK)
    def train(run_id: int) -> None:
        """Claim and train a run. `run_id` is only for the log."""
        claim = main_process.slot.claim()
        if claim is None:
            log.info("notified of run %d, but no run is queued", run_id)
            return
        main_process.slot.train(claim)
        waiting = main_process.slot.others_wait()
        if waiting is not None:
            _notify(train, waiting)


def _notify(train: Task, run_id: int) -> None:
    """Publish that another run is queued. Without a broker the reconciler notifies later."""
    try:
        train.apply_async([run_id], retry=False)
    except OperationalError as error:
        log.warning("run %d: the notification could not be published: %s", run_id, error)
