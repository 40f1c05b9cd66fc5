"""Rings the workers' bell: a Celery message by task name, after the commit. Losing one does no harm."""

import logging
from typing import Any, Protocol

from celery import Celery
from kombu.exceptions import OperationalError

from skiplab.contract.jobs import TRAIN_QUEUE, TRAIN_TASK

log = logging.getLogger(__name__)


class Notifier(Protocol):
    """What the web process needs of the broker."""

    def notify_run(self, run_id: int) -> bool: ...

    def answers(self) -> bool: ...

    def close(self) -> None: ...


class CeleryNotifier:
    """The bell over Redis."""

    def __init__(self, broker_url: str) -> None:
        self._app = Celery("skiplab-backend", broker=broker_url, set_as_current=False)
        self._app.conf.update(task_ignore_result=True, broker_transport_options=TRANSPORT_OPTIONS)

    def notify_run(self, run_id: int) -> bool:
        """Tell a worker to look into the database; says whether the broker took it.

        A broker that is away is no failure: the reconciler rings again.
        """
        try:
            self._app.send_task(TRAIN_TASK, args=[run_id], queue=TRAIN_QUEUE, retry=False)
        except OperationalError as error:
            log.warning("run %d: the broker did not take the message (%s); it will be rung again", run_id, error)
            return False
        return True

    def answers(self) -> bool:
        try:
            with self._app.connection_for_write(transport_options=TRANSPORT_OPTIONS) as connection:
                connection.ensure_connection(max_retries=1, timeout=2)
        except (OperationalError, OSError):
            return False
        return True

    def close(self) -> None:
        self._app.close()


TRANSPORT_OPTIONS: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1}
"""Short, since somebody waits for an answer meanwhile. A broker answers within milliseconds, and a bell may be lost."""
