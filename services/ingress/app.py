"""From start to stop: clients, bus, HTTP; and back."""

from collections.abc import Callable
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from remanso.bus.bus import Bus
from remanso.bus.publisher import Publisher
from remanso.errors import ConfigurationError
from remanso.plugin.registry import Registry
from remanso.runtime.clients import serve_clients
from remanso.runtime.http import serving
from remanso.runtime.process import Process
from services.ingress.settings import IngressSettings
from services.ingress.webhook import webhooks

FAREWELL_SECONDS = 1.0
"""Meta keeps connections open. Whoever has one learns from an answer, not from a reset, to go elsewhere."""


async def serve(process: Process, settings: IngressSettings) -> None:
    """Be the ingress until the process is told to stop. Leaving stops listening first and the bus last."""
    registry = serve_clients(settings.clients_dir, needs=("app_secret", "verify_token"))
    if not registry.clients:
        raise ConfigurationError(f"no client to serve ({len(registry.broken)} broken); see REMANSO_CLIENTS_DIR")
    async with Bus.connect(settings.amqp_url.get_secret_value(), process.instance) as bus:
        process.ready_when("bus", bus.healthy)
        app = create_app(registry, bus.publisher, ready=bus.healthy, proxies=settings.ingress_proxies)
        async with serving(app, settings.http_host, settings.http_port, farewell=FAREWELL_SECONDS):
            await process.until_stopped()


def create_app(
    registry: Registry, publisher: Publisher, *, ready: Callable[[], bool] = lambda: True, proxies: int = 0
) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.include_router(webhooks(registry, publisher, proxies))

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        """For whoever can reach the public port alone: platforms give no other one to the fleet."""
        return JSONResponse({"ok": ready(), "version": version("remanso")}, 200 if ready() else 503)

    return app
