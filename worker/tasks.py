"""The one task: a bell. Which run is trained, the database decides."""

import logging

from celery import Celery

from backend.contract.jobs import TRAIN_TASK
from worker.host import Host

log = logging.getLogger(__name__)


def install(app: Celery, host: Host) -> None:
    @app.task(name=TRAIN_TASK)
    def train(run_id: int) -> None:
        """Somebody says that a run waits; `run_id` is for the log."""
        claim = host.slot.claim()
        if claim is None:
            log.info("rung for run %d, but nothing waits", run_id)
            return
        host.slot.train(claim)
        waiting = host.slot.others_wait()
        if waiting is not None:
            train.delay(waiting)
