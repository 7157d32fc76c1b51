"""`python -m services.console`: what Meta reports, recorded."""

from remanso.bus.topology import CONSOLE_CHANNEL_REPORTED
from remanso.runtime.backing import backing
from remanso.runtime.process import Process, run
from remanso.runtime.settings import load_settings
from remanso.runtime.sweep import sweep_every
from services.console.health import HealthMetrics
from services.console.reports import Reports
from services.console.settings import ConsoleSettings

HEALTH_SECONDS = 30.0


async def serve(process: Process, settings: ConsoleSettings) -> None:
    async with (
        backing(process, settings) as (store, bus),
        bus.consume(CONSOLE_CHANNEL_REPORTED, Reports(store).handle, prefetch=200, batch=100),
    ):
        sweep_every(process, HEALTH_SECONDS, HealthMetrics(store).sweep, name="health")
        await process.until_stopped()


if __name__ == "__main__":
    settings = load_settings(ConsoleSettings)
    run("console", settings, lambda process: serve(process, settings))
