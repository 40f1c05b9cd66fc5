"""The web application: wiring only."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from backend import docs, errors, openapi, page
from backend.auth.doorkeeper import Doorkeeper
from backend.auth.gate import Gate
from backend.auth.routes import router as auth
from backend.catalog.routes import router as catalog
from backend.db.database import Database, DatabaseBusy
from backend.db.migration import migrate
from backend.doors.bodies import BodyLimit
from backend.doors.headers import SecurityHeaders
from backend.doors.hosts import KnownHosts
from backend.doors.idempotency import Idempotency
from backend.doors.json_bodies import JsonBodies
from backend.doors.proxy import UnderPath
from backend.doors.reading import Reading
from backend.doors.targets import Targets
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
from backend.metrics.routes import router as metrics
from backend.notifier import Notifier
from backend.presets.routes import router as presets
from backend.reconciler import PERIOD_SECONDS, Reconciler
from backend.report.routes import router as report
from backend.runs.life_routes import router as lives
from backend.runs.queue import router as waiting
from backend.runs.routes import router as runs
from backend.settings import Settings
from backend.telemetry.routes import router as telemetry
from backend.workers.routes import router as workers
from skiplab.contract import places

log = logging.getLogger(__name__)


def create_app(settings: Settings, notifier: Notifier) -> FastAPI:
    """The service as one ASGI application. It opens nothing before its lifespan begins."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.database)
        await asyncio.to_thread(migrate, database, copies_in=places.backups(settings.home))
        app.state.database, app.state.tail = database, Tail(database)
        loops = [
            asyncio.create_task(app.state.tail.run()),
            asyncio.create_task(_repeat(Reconciler(database, notifier).step, "reconciling")),
            # Apart from the reconciler: forgetting must not delay the look at leases.
            asyncio.create_task(_repeat(Housekeeper(database, settings).step, "housekeeping")),
        ]
        try:
            yield
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            # What they were doing in threads is done to its end, and leaves no connection behind.
            await asyncio.get_running_loop().shutdown_default_executor()
            notifier.close()
            database.close()

    app = FastAPI(
        title="Skiplab",
        version=openapi.VERSION,
        summary=openapi.SUMMARY,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    doorkeeper = Doorkeeper(settings.token)
    app.state.settings, app.state.notifier, app.state.doorkeeper = settings, notifier, doorkeeper
    errors.install(app)
    # The last one stands outermost.
    # Level 5: a thousand runs are packed in half the time of level 9, to within 3 % of its size.
    app.add_middleware(Idempotency)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(JsonBodies)
    app.add_middleware(Gate, settings=settings, doorkeeper=doorkeeper)
    app.add_middleware(BodyLimit, largest_upload=settings.largest_upload)
    app.add_middleware(Targets)
    app.add_middleware(KnownHosts, settings=settings)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Reading)
    app.add_middleware(UnderPath, root_path=settings.root_path)
    api = APIRouter(prefix="/api/v1")
    routers = (
        runs,
        lives,
        waiting,
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
    openapi.install(app)
    docs.install(app)
    page.install(app)
    return app


async def _repeat(step: Callable[[], None], name: str) -> None:
    while True:
        try:
            await asyncio.to_thread(step)
        except DatabaseBusy as busy:
            log.warning("%s: %s The next look is in %g s.", name, busy, PERIOD_SECONDS)
        except Exception:
            # The loop is the process's edge here: one bad look must not end all later ones.
            log.exception("%s failed; the next look is in %g s", name, PERIOD_SECONDS)
        await asyncio.sleep(PERIOD_SECONDS)
