"""From start to stop: the store, the doors, the tidying; and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import structlog
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from remanso.runtime.http import serving
from remanso.runtime.process import Process
from remanso.runtime.sweep import sweep_every
from remanso.store import Store
from services.collector.drain import drains
from services.collector.groups import Groups
from services.collector.heartbeats import heartbeats
from services.collector.register import register
from services.collector.settings import CollectorSettings

TIDY_SECONDS = 60.0

log = structlog.get_logger()


async def serve(process: Process, settings: CollectorSettings) -> None:
    """Be the collector until the process is told to stop."""
    async with (
        opened(process, settings) as app,
        serving(app, settings.http_host, settings.http_port, farewell=1.0) as port,
    ):
        log.info("collector.listening", port=port)
        await process.until_stopped()


@asynccontextmanager
async def opened(process: Process, settings: CollectorSettings) -> AsyncIterator[FastAPI]:
    """The app with its store, inside the block."""
    database = settings.database_url.get_secret_value()
    async with Store.connect(database, name=process.instance, pool_size=settings.database_pool_size) as store:
        process.ready_when("store", store.ping)

        async def tidy() -> None:
            async with store.transaction() as tx:
                await tx.apps.tidy(settings.keep_lines, settings.keep_counts)

        sweep_every(process, TIDY_SECONDS, tidy, name="tidy")
        if settings.metrics_push_url:
            sweep_every(process, TIDY_SECONDS, Groups(settings).sweep, name="groups")
        yield create_app(store, settings.collector_token.get_secret_value())


def create_app(store: Store, token: str) -> FastAPI:
    """All doors begin with /collector/, but for the one that tells whether it is ready."""
    app = FastAPI(openapi_url=None)
    for doors in (drains(store), heartbeats(store), register(store, token)):
        app.include_router(doors, prefix="/collector/apps")

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        ready = await store.ping()
        return JSONResponse({"ok": ready, "version": version("remanso")}, 200 if ready else 503)

    return app
