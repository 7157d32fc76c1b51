"""`python -m services.sender`: deliveries out, receipts in."""

from remanso.bus.topology import SENDER_DELIVERY_READY, SENDER_MODEL_UNAVAILABLE, SENDER_RECEIPT_RECEIVED
from remanso.channels.whatsapp.client import GraphClient
from remanso.runtime.backing import backing
from remanso.runtime.clients import serve_clients
from remanso.runtime.process import Process, run
from remanso.runtime.settings import load_settings
from remanso.runtime.slots import Slots
from remanso.runtime.sweep import sweep_every
from services.sender.dispatch import Dispatch
from services.sender.drain import Drain
from services.sender.fallback import Fallback
from services.sender.hearing import Hearing
from services.sender.probing import Probing
from services.sender.receipts import Receipts
from services.sender.reopening import Reopening
from services.sender.settings import SenderSettings
from services.sender.upkeep import Upkeep

DRAIN_SECONDS = 20.0
UPKEEP_SECONDS = 30.0


async def serve(process: Process, settings: SenderSettings) -> None:
    registry = serve_clients(settings.clients_dir, needs={"access_token"})
    async with (
        backing(process, settings) as (store, bus),
        GraphClient(settings.graph_base_url, settings.graph_version, settings.graph_timeout_seconds) as graph,
    ):
        slots = Slots(settings.sender_slots)
        hearing = Hearing(bus.listening, settings.sender_reconcile_seconds)
        drain = Drain(store, bus.publisher, registry, graph, settings, heard=hearing.long_enough)
        dispatch = Dispatch(store, drain, slots, clients=registry.clients, window=settings.window)
        receipts = Receipts(store, bus.publisher, dispatch.start_soon, registry)
        probing = Probing(store, registry, graph, drain)
        fallback = Fallback(store, registry, dispatch.start, window=settings.window)
        reopening = Reopening(store, registry, dispatch.start, settings.window)
        upkeep = Upkeep(store, registry, graph)
        sweep_every(process, settings.sender_sweep_seconds, hearing.look, name="hearing")
        sweep_every(process, settings.sender_sweep_seconds, dispatch.sweep, name="deliveries")
        sweep_every(process, settings.sender_sweep_seconds, reopening.sweep, name="reopening")
        sweep_every(process, UPKEEP_SECONDS, upkeep.sweep, name="upkeep")
        sweep_every(process, settings.sender_sweep_seconds, fallback.run_out_of_patience, name="patience")
        sweep_every(process, settings.sender_sweep_seconds, probing.sweep, name="parked")
        sweep_every(process, settings.sender_sweep_seconds, fallback.give_up, name="too_old")
        try:
            async with (
                bus.consume(SENDER_DELIVERY_READY, dispatch.handle, prefetch=settings.sender_slots),
                bus.consume(
                    SENDER_RECEIPT_RECEIVED, receipts.handle, prefetch=200, batch=100, ready=store.ping
                ) as told,
                bus.consume(SENDER_MODEL_UNAVAILABLE, fallback.handle, prefetch=20, ready=store.ping),
            ):
                hearing.follow(told.in_work)
                await process.until_stopped()
        finally:
            dispatch.forget_hints()
            await slots.drain(DRAIN_SECONDS)


if __name__ == "__main__":
    settings = load_settings(SenderSettings)
    run("sender", settings, lambda process: serve(process, settings))
