"""python -m services.console"""

from remanso.bus import Bus
from remanso.bus.topology import CONSOLE_CHANNEL_REPORTED
from remanso.runtime.process import Process, run
from remanso.runtime.settings import load_settings
from remanso.store import Store
from services.console.reports import Reports
from services.console.settings import ConsoleSettings


async def serve(process: Process, settings: ConsoleSettings) -> None:
    database, amqp = settings.database_url.get_secret_value(), settings.amqp_url.get_secret_value()
    async with (
        Store.connect(database, name=process.instance, pool_size=settings.database_pool_size) as store,
        Bus.connect(amqp, process.instance) as bus,
    ):
        process.ready_when("bus", bus.healthy)
        process.ready_when("store", store.ping)
        async with bus.consume(CONSOLE_CHANNEL_REPORTED, Reports(store).handle, prefetch=200, batch=100):
            await process.until_stopped()


if __name__ == "__main__":
    settings = load_settings(ConsoleSettings)
    run("console", settings, lambda process: serve(process, settings))
