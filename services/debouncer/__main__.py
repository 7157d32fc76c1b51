"""`python -m services.debouncer`: messages in, turns out."""

from remanso.bus.topology import DEBOUNCER_MESSAGE_RECEIVED
from remanso.runtime.backing import backing
from remanso.runtime.clients import serve_clients
from remanso.runtime.process import Process, run
from remanso.runtime.settings import load_settings
from remanso.runtime.sweep import sweep_every
from services.debouncer.intake import Intake
from services.debouncer.retention import LOOK_SECONDS, RetentionSweep
from services.debouncer.sealing import Sealing
from services.debouncer.settings import DebouncerSettings
from services.debouncer.timers import Timers


async def serve(process: Process, settings: DebouncerSettings) -> None:
    registry = serve_clients(settings.clients_dir)
    async with backing(process, settings) as (store, bus):
        sealing = Sealing(store, bus.publisher, registry)
        timers = Timers(store, bus.publisher, registry)
        sweep_every(process, settings.debouncer_sweep_seconds, sealing.seal_due, name="bursts")
        sweep_every(process, settings.debouncer_timers_seconds, timers.run_out, name="timers")
        sweep_every(process, settings.debouncer_timers_seconds, timers.follow_merges, name="merges")
        sweep_every(process, LOOK_SECONDS, RetentionSweep(store, registry).sweep, name="retention")
        intake = Intake(store, bus.publisher, registry)
        batch = settings.debouncer_batch
        async with bus.consume(
            DEBOUNCER_MESSAGE_RECEIVED, intake.handle, prefetch=2 * batch, batch=batch, ready=store.ping
        ):
            await process.until_stopped()


if __name__ == "__main__":
    settings = load_settings(DebouncerSettings)
    run("debouncer", settings, lambda process: serve(process, settings))
