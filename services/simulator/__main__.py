"""`python -m services.simulator`: Meta, OpenAI and a phone, all made up, on one port."""

import structlog

from remanso.runtime.http import serving
from remanso.runtime.process import Process, run
from remanso.runtime.settings import load_settings
from services.simulator.app import create_app
from services.simulator.settings import SimulatorSettings
from services.simulator.simulator import Simulator

log = structlog.get_logger()


def main() -> None:
    """Read the settings and serve until stopped."""
    settings = load_settings(SimulatorSettings)
    run("simulator", settings, lambda process: serve(process, settings))


async def serve(process: Process, settings: SimulatorSettings) -> None:
    """Hold the simulator open until the process stops."""
    simulator = Simulator(settings)
    async with serving(create_app(simulator), settings.http_host, settings.http_port) as port, simulator:
        process.supervise("handshake", lambda: _keep_verified(process, simulator))
        log.info("simulator.listening", port=port)
        await process.until_stopped()


async def _keep_verified(process: Process, simulator: Simulator) -> None:
    await simulator.handshake.until_verified(process.stopping)
    if simulator.handshake.verified:
        log.info("webhook.verified")
    await process.stopping.wait()


if __name__ == "__main__":
    main()
