"""`python -m services.console`: what Meta reports, recorded."""

from remanso.bus.topology import CONSOLE_CHANNEL_REPORTED
from remanso.runtime.backing import backing
from remanso.runtime.process import Process, run
from remanso.runtime.settings import load_settings
from services.console.reports import Reports
from services.console.settings import ConsoleSettings


async def serve(process: Process, settings: ConsoleSettings) -> None:
    async with (
        backing(process, settings) as (store, bus),
        bus.consume(CONSOLE_CHANNEL_REPORTED, Reports(store).handle, prefetch=200, batch=100),
    ):
        await process.until_stopped()


if __name__ == "__main__":
    settings = load_settings(ConsoleSettings)
    run("console", settings, lambda process: serve(process, settings))
