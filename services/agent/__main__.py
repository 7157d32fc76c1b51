"""`python -m services.agent`: turns in, answers out."""

from functools import partial

from remanso.bus.topology import AGENT_TURN_READY
from remanso.runtime.backing import backing
from remanso.runtime.clients import serve_clients
from remanso.runtime.process import Process, run
from remanso.runtime.settings import load_settings
from remanso.runtime.slots import Slots
from remanso.runtime.sweep import sweep_every
from services.agent.credit import release_abandoned
from services.agent.desk import Desk
from services.agent.intake import Intake
from services.agent.model import ChatModel
from services.agent.settings import AgentSettings

DRAIN_SECONDS = 18.0


async def serve(process: Process, settings: AgentSettings) -> None:
    registry = serve_clients(settings.clients_dir, with_tools=True)
    async with (
        backing(process, settings) as (store, bus),
        ChatModel.connect(
            settings.openai_base_url,
            settings.openai_api_key.get_secret_value(),
            attempts=settings.openai_attempts,
            attempt_seconds=settings.openai_attempt_seconds,
            retry_seconds=settings.openai_retry_seconds,
        ) as model,
    ):
        slots = Slots(settings.agent_slots)
        desk = Desk(store, bus.publisher, registry, model, process.instance, settings.lease)
        intake = Intake(store, slots, desk, process.stopping)
        sweep_every(process, settings.agent_sweep_seconds, intake.sweep, name="turns")
        sweep_every(process, settings.agent_sweep_seconds, partial(release_abandoned, store), name="credit")
        try:
            async with bus.consume(AGENT_TURN_READY, intake.handle, prefetch=1):
                await process.until_stopped()
        finally:  # also when the stop comes while the consumer is still being opened: the sweeper works already
            await slots.drain(DRAIN_SECONDS)


if __name__ == "__main__":
    settings = load_settings(AgentSettings)
    run("agent", settings, lambda process: serve(process, settings))
