"""The Celery application of a worker."""

from typing import Any

from billiard.process import current_process
from celery import Celery, signals

from skiplab.contract.jobs import TRAIN_QUEUE
from worker import tasks
from worker.main_process import MainProcess
from worker.settings import WorkerSettings

CELERY_SETTINGS: dict[str, Any] = {
    # Acknowledge when the run has ended; until then the message counts against the prefetch limit of one.
    "task_acks_late": True,
    "worker_prefetch_multiplier": 1,
    # Lost runs return to the queue through their lease in the database, so Celery must not redeliver them too.
    "task_reject_on_worker_lost": False,
    "broker_transport_options": {"visibility_timeout": 7 * 86400, "socket_connect_timeout": 2},
    "task_ignore_result": True,
    "task_publish_retry": False,
    "task_default_queue": TRAIN_QUEUE,
    "worker_pool": "prefork",
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "worker_hijack_root_logger": False,
}


def create_app(settings: WorkerSettings, main_process: MainProcess) -> Celery:
    """Create the Celery application, with a slot in each pool process."""
    app = Celery("skiplab-worker", broker=settings.broker)
    app.conf.update(CELERY_SETTINGS, worker_concurrency=len(main_process.devices))
    tasks.install(app, main_process)

    # weak=False: nothing else references these functions.
    signals.worker_process_init.connect(lambda **_: main_process.open_slot(current_process().index), weak=False)
    signals.worker_ready.connect(lambda **_: main_process.start_beating(), weak=False)
    signals.worker_shutting_down.connect(lambda **_: main_process.stop(), weak=False)
    signals.worker_process_shutdown.connect(lambda **_: main_process.close_slot(), weak=False)
    signals.worker_shutdown.connect(lambda **_: main_process.leave(), weak=False)
    return app


def serve(settings: WorkerSettings) -> None:
    """Run the worker until it is stopped."""
    main_process = MainProcess(settings)
    # Not in Celery's worker_init signal, which logs a failure and continues without a registered worker.
    main_process.register()
    create_app(settings, main_process).worker_main(
        ["worker", "--without-mingle", "--without-gossip", "--loglevel=INFO", f"--queues={TRAIN_QUEUE}"]
    )
