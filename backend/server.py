"""Listens: uvicorn, with the lab's own bounds on connections."""

from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from backend.middleware.connections import BACKLOG, Connections, limits_for, raise_descriptors
from backend.middleware.http_protocol import bounded
from backend.settings import LOOPBACK_NAMES, Settings


def config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    def is_shared(address: str) -> bool:
        # By all clients behind a proxy, and by all users of this host, whose tunnels end here.
        return address in LOOPBACK_NAMES or settings.is_proxy(address)

    connections = Connections(limits_for(raise_descriptors()), is_shared=is_shared)
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=bounded(connections),
        # There are none. Uvicorn would hand an upgraded connection to another protocol as soon as a plugin's packages
        # bring one along, and nobody would count it any more.
        ws="none",
        backlog=BACKLOG,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies,
        server_header=False,
        log_level="warning",
        # Streams are broken off on shutdown: who listens goes on with the next process, after the last event it had. A
        # request that hangs must not hold this one.
        timeout_graceful_shutdown=5,
    )


def serve(app: FastAPI, settings: Settings) -> None:
    """Until a signal ends it."""
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config(app, settings)).run()
