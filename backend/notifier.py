"""Notifications to workers after a commit, by Celery message. A lost one is repeated by the reconciler."""

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from skiplab.contract.jobs import ERRAND_EXCHANGE, TRAIN_QUEUE, TRAIN_TASK

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger(__name__)


class Notifier(Protocol):
    """The broker as the web process uses it."""

    def notify_run(self, run_id: int) -> bool: ...

    def notify_errand(self, errand_id: int) -> bool: ...

    def answers(self) -> bool: ...

    def close(self) -> None: ...


class CeleryNotifier:
    """Notify through Celery. An unreachable broker is only logged: the reconciler notifies again.

    Celery is imported at the first use, not at the start: the page does not wait for it.
    """

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url

    def notify_run(self, run_id: int) -> bool:
        """Have a worker claim from the run queue; return whether the broker accepted the message."""
        try:
            self._app.send_task(TRAIN_TASK, args=[run_id], queue=TRAIN_QUEUE, retry=False)
        except self._failures as error:
            log.warning("run %d: the broker refused the notification, which will be repeated: %s", run_id, error)
            return False
        return True

    def notify_errand(self, errand_id: int) -> bool:
        """Have every worker check for errands; return whether the broker accepted the message.

        Not a Celery task, since Celery's pool is busy while all slots train.
        """
        from kombu import Exchange

        exchange = Exchange(ERRAND_EXCHANGE, type="fanout", durable=False)
        try:
            with self._app.producer_pool.acquire(block=True) as producer:
                producer.publish({"errand": errand_id}, exchange=exchange, declare=[exchange], retry=False)
        except self._failures as error:
            log.warning("errand %d: the broker refused the notification, which will be repeated: %s", errand_id, error)
            return False
        return True

    def answers(self) -> bool:
        try:
            with self._app.connection_for_write(transport_options=TRANSPORT_OPTIONS) as connection:
                connection.ensure_connection(max_retries=1, timeout=2)
        except self._failures:
            return False
        return True

    def close(self) -> None:
        if "_app" in vars(self):
            self._app.close()

    @cached_property
    def _app(self) -> "Celery":
        from celery import Celery

        app = Celery("skiplab-backend", broker=self._broker_url, set_as_current=False)
        app.conf.update(task_ignore_result=True, broker_transport_options=TRANSPORT_OPTIONS)
        return app

    @cached_property
    def _failures(self) -> tuple[type[Exception], ...]:
        """Celery raises OperationalError; kombu raises the transport's errors."""
        from kombu.exceptions import OperationalError

        return (OperationalError, OSError, *self._app.connection_for_write().connection_errors)


TRANSPORT_OPTIONS: dict[str, Any] = {
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    "max_retries": 1,
    "interval_start": 0,
}
"""Short timeouts, since a request waits: a broker usually responds within milliseconds, and a message may be lost."""
