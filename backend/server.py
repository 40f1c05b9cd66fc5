"""The uvicorn server, with connection limits."""

import logging
import sys
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from backend.middleware.connections import BACKLOG, Connections, limits_for, raise_descriptors
from backend.middleware.http_protocol import bounded
from backend.settings import LOOPBACK_NAMES, Settings
from backend.upgrade import Upgrade

log = logging.getLogger(__name__)


def config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    def is_shared(address: str) -> bool:
        # Shared by all clients behind a proxy, and by all users of this host, such as of SSH tunnels.
        return address in LOOPBACK_NAMES or settings.is_proxy(address)

    connections = Connections(limits_for(raise_descriptors()), is_shared=is_shared)
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=bounded(connections),
        # There are no WebSocket routes. Uvicorn would otherwise use any installed WebSocket package, whose connections
        # would not be counted.
        ws="none",
        backlog=BACKLOG,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies,
        server_header=False,
        log_level="warning",
        # Streams are closed on shutdown; clients resume after their last event. A hanging request must not block the
        # exit.
        timeout_graceful_shutdown=5,
    )


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until a signal arrives. Exits with status 1 if the upgrade of the database fails."""
    server = uvicorn.Server(config(app, settings))
    upgrade: Upgrade = app.state.upgrade
    upgrade.on_failure(lambda: setattr(server, "should_exit", True))
    with suppress(KeyboardInterrupt):
        server.run()
    if upgrade.failure is not None:
        log.error("%s", upgrade.failure)
        sys.exit(1)
