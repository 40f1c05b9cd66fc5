"""Hears that an errand waits: a consumer of its own beside Celery's, whose pool is busy while every slot trains."""

import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from kombu import Connection, Consumer, Exchange, Queue

from skiplab.contract.jobs import ERRAND_EXCHANGE

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""How long one wait for a message takes at most: so soon a stop of the worker is noticed. Nothing is asked for it."""

RECONNECT_SECONDS = 2.0

TRANSPORT_OPTIONS: dict[str, Any] = {"socket_connect_timeout": 2}


def listen(broker_url: str, name: str, notify: Callable[[], None], gone: threading.Event) -> None:
    """Call `notify` for each message, and whenever a connection begins: what was sent before it is lost.

    Until `gone`; a broker that is away is tried again. `name`: the worker's, which no other has at the same time.
    """
    # Fanout, without acknowledgement: nothing is kept for a worker that is away, and nothing is owed to the broker.
    exchange = Exchange(ERRAND_EXCHANGE, type="fanout", durable=False)
    queue = Queue(f"{ERRAND_EXCHANGE}.{name}", exchange, durable=False, auto_delete=True, no_ack=True)
    while not gone.is_set():
        with Connection(broker_url, transport_options=TRANSPORT_OPTIONS) as connection:
            try:
                _listen(connection, queue, notify, gone)
            except (*connection.connection_errors, *connection.channel_errors) as error:
                log.warning("no connection to the broker for errands; again in %g s: %s", RECONNECT_SECONDS, error)
            except Exception:
                # The thread's edge: no failure may end the listening for good.
                log.exception("listening for errands failed; again in %g s", RECONNECT_SECONDS)
        gone.wait(RECONNECT_SECONDS)


def _listen(connection: Connection, queue: Queue, notify: Callable[[], None], gone: threading.Event) -> None:
    with Consumer(connection, queues=[queue], callbacks=[lambda _body, _message: notify()], accept=["json"]):
        notify()
        while not gone.is_set():
            try:
                connection.drain_events(timeout=POLL_SECONDS)
            except (TimeoutError, socket.timeout):  # noqa: UP041  # the memory transport raises another one
                continue
