"""Subscribe to notifications of new errands, with a consumer beside Celery's, whose pool is busy while slots train."""

import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from kombu import Connection, Consumer, Exchange, Queue

from skiplab.contract.jobs import ERRAND_EXCHANGE

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""Timeout of one wait for a message, after which a stop of the worker is noticed. Causes no traffic."""

RECONNECT_SECONDS = 2.0

TRANSPORT_OPTIONS: dict[str, Any] = {"socket_connect_timeout": 2}


def listen(broker_url: str, name: str, notify: Callable[[], None], gone: threading.Event) -> None:
    """Call `notify` for each message, and after each connect, since earlier messages are lost.

    Runs until `gone` is set, and reconnects to the broker. `name`: the worker's unique name.
    """
    # Fanout without acknowledgement: nothing is queued for a worker that is offline.
    exchange = Exchange(ERRAND_EXCHANGE, type="fanout", durable=False)
    queue = Queue(f"{ERRAND_EXCHANGE}.{name}", exchange, durable=False, auto_delete=True, no_ack=True)
    while not gone.is_set():
        with Connection(broker_url, transport_options=TRANSPORT_OPTIONS) as connection:
            try:
                _listen(connection, queue, notify, gone)
            except (*connection.connection_errors, *connection.channel_errors) as error:
                log.warning("no connection to the broker for errands; retrying in %g s: %s", RECONNECT_SECONDS, error)
            except Exception:
                # The thread's edge: no failure may end the subscription.
                log.exception("listening for errands failed; retrying in %g s", RECONNECT_SECONDS)
        gone.wait(RECONNECT_SECONDS)


def _listen(connection: Connection, queue: Queue, notify: Callable[[], None], gone: threading.Event) -> None:
    with Consumer(connection, queues=[queue], callbacks=[lambda _body, _message: notify()], accept=["json"]):
        notify()
        while not gone.is_set():
            try:
                connection.drain_events(timeout=POLL_SECONDS)
            except (TimeoutError, socket.timeout):  # noqa: UP041  # the in-memory transport raises socket.timeout
                continue
