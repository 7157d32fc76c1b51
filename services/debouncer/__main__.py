"""python -m services.debouncer"""

from remanso.bus import Bus
from remanso.bus.topology import DEBOUNCER_MESSAGE_RECEIVED
from remanso.runtime.clients import serve_clients
from remanso.runtime.process import Process, run
from remanso.runtime.settings import load_settings
from remanso.runtime.sweep import sweep_every
from remanso.store import Store
from services.debouncer.intake import Intake
from services.debouncer.sealing import Sealing
from services.debouncer.settings import DebouncerSettings
from services.debouncer.timers import Timers


async def serve(process: Process, settings: DebouncerSettings) -> None:
    registry = serve_clients(settings.clients_dir)
    database, amqp = settings.database_url.get_secret_value(), settings.amqp_url.get_secret_value()
    async with (
        Store.connect(database, name=process.instance, pool_size=settings.database_pool_size) as store,
        Bus.connect(amqp, process.instance) as bus,
    ):
        process.ready_when("bus", bus.healthy)
        process.ready_when("store", store.ping)
        sealing = Sealing(store, bus.publisher)
        timers = Timers(store, bus.publisher, registry)
        sweep_every(process, settings.debouncer_sweep_seconds, sealing.seal_due)
        sweep_every(process, settings.debouncer_timers_seconds, timers.run_out)
        intake = Intake(store, bus.publisher, registry)
        batch = settings.debouncer_batch
        async with bus.consume(DEBOUNCER_MESSAGE_RECEIVED, intake.handle, prefetch=2 * batch, batch=batch):
            await process.until_stopped()


if __name__ == "__main__":
    settings = load_settings(DebouncerSettings)
    run("debouncer", settings, lambda process: serve(process, settings))
