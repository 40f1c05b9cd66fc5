"""The web application: wiring only."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from backend import api_document, api_paths, docs, errors, page
from backend.auth.authenticator import Authenticator
from backend.auth.middleware import AuthMiddleware
from backend.auth.routes import router as auth
from backend.catalog.routes import router as catalog
from backend.db.database import Database, DatabaseBusy
from backend.errands.routes import router as errands
from backend.estimates.routes import router as estimates
from backend.events.routes import router as events
from backend.events.tail import Tail
from backend.evidence.routes import router as evidence
from backend.experiments.routes import router as experiments
from backend.figures.routes import router as figures
from backend.health.routes import router as health
from backend.housekeeper import Housekeeper
from backend.imports.routes import router as imports
from backend.ingest.routes import router as ingest
from backend.metrics.routes import router as metrics
from backend.middleware.body_limit import BodyLimit
from backend.middleware.head_and_range import HeadAndRange
from backend.middleware.headers import SecurityHeaders
from backend.middleware.hosts import KnownHosts
from backend.middleware.idempotency import Idempotency
from backend.middleware.json_bodies import JsonBodies
from backend.middleware.root_path import RootPath
from backend.middleware.targets import TargetLimit
from backend.middleware.upgrading import Upgrading
from backend.notifier import Notifier
from backend.presets.routes import router as presets
from backend.reconciler import PERIOD_SECONDS, Reconciler
from backend.report.routes import router as report
from backend.runs.lifecycle_routes import router as lifecycle
from backend.runs.queue import router as queue
from backend.runs.routes import router as runs
from backend.settings import Settings
from backend.telemetry.routes import router as telemetry
from backend.upgrade import Upgrade
from backend.workers.routes import router as workers
from skiplab.contract import places

log = logging.getLogger(__name__)


def create_app(settings: Settings, notifier: Notifier, *, when_migrated: Callable[[], None] = lambda: None) -> FastAPI:
    """Create the ASGI application. It opens nothing before its lifespan starts.

    `when_migrated` is called at the start, once the database is current.
    """
    upgrade = Upgrade(copies_in=places.backups(settings.home), afterwards=when_migrated)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.database)
        app.state.database, app.state.tail = database, Tail(database)
        upgrading = await upgrade.start(database)

        async def loops() -> None:
            await upgrading
            await asyncio.gather(
                app.state.tail.run(),
                _repeat(Reconciler(database, notifier).step, "reconciler"),
                # A separate task: pruning must not delay lease checks.
                _repeat(Housekeeper(database, settings).step, "housekeeper"),
            )

        background = asyncio.create_task(loops())
        try:
            yield
        finally:
            upgrade.stop()
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)
            # Their threads finish the current step and close their connections.
            await asyncio.get_running_loop().shutdown_default_executor()
            notifier.close()
            database.close()

    app = FastAPI(
        title="Skiplab",
        version=api_document.VERSION,
        summary=api_document.SUMMARY,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    authenticator = Authenticator(settings.token)
    app.state.settings, app.state.notifier, app.state.authenticator = settings, notifier, authenticator
    app.state.upgrade = upgrade
    errors.install(app)
    # The last middleware added is the outermost.
    app.add_middleware(Idempotency)
    # For a thousand runs level 5 takes half the time of level 9, at 3% more bytes.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(JsonBodies)
    app.add_middleware(AuthMiddleware, settings=settings, authenticator=authenticator)
    app.add_middleware(BodyLimit, largest_upload=settings.largest_upload)
    app.add_middleware(Upgrading, upgrade=upgrade)
    app.add_middleware(TargetLimit)
    app.add_middleware(KnownHosts, settings=settings)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HeadAndRange)
    app.add_middleware(RootPath, root_path=settings.root_path)
    api = APIRouter(prefix=api_paths.PREFIX)
    routers = (
        runs,
        lifecycle,
        ingest,
        queue,
        telemetry,
        experiments,
        estimates,
        metrics,
        events,
        catalog,
        imports,
        presets,
        workers,
        errands,
        auth,
        evidence,
        figures,
        report,
    )
    for router in routers:
        api.include_router(router)
    app.include_router(api)
    app.include_router(health)
    api_document.install(app)
    docs.install(app)
    page.install(app)
    return app


async def _repeat(step: Callable[[], None], name: str) -> None:
    while True:
        try:
            await asyncio.to_thread(step)
        except DatabaseBusy as busy:
            log.warning("%s: %s", name, busy)
        except Exception:
            # The edge of a background loop: a failed step must not prevent later ones.
            log.exception("%s failed; it continues with the next step", name)
        await asyncio.sleep(PERIOD_SECONDS)
