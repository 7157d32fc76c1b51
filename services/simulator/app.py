"""The simulator's one HTTP origin: `/graph`, `/lookaside`, `/openai/v1`, `/control`, and the phone page at `/`."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from remanso.errors import BadInput
from services.simulator.connections import TransportInScope
from services.simulator.control import control_router
from services.simulator.graph.api import routers as graph_routers
from services.simulator.graph.refusals import Refusal
from services.simulator.simulator import Simulator

_PHONE = Path(__file__).with_name("phone")


def create_app(simulator: Simulator) -> FastAPI:
    """All routes over one simulator. FastAPI's own documentation pages load from a CDN, so they stay off."""
    app = FastAPI(title="Remanso simulator", docs_url=None, redoc_url=None)
    app.add_middleware(TransportInScope)
    app.add_exception_handler(BadInput, _unwritable)
    app.add_exception_handler(Refusal, _unwritable)
    graph, lookaside = graph_routers(simulator.graph)
    openai, openai_control = simulator.openai.routers()
    app.include_router(control_router(simulator), prefix="/control")
    app.include_router(openai_control, prefix="/control/openai")
    app.include_router(simulator.management.router(), prefix="/graph")
    app.include_router(graph, prefix="/graph")
    app.include_router(lookaside)
    app.include_router(openai, prefix="/openai/v1")
    app.mount("/", StaticFiles(directory=_PHONE, html=True))
    return app


async def _unwritable(request: Request, error: Exception) -> JSONResponse:
    """A control request that asks for what cannot be said: an unknown number or file, nothing to react to."""
    return JSONResponse({"detail": str(error)}, 422)
