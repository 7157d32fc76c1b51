"""`python -m services.agent`: turns in, answers out."""

from functools import partial

from remanso.bus.topology import AGENT_TURN_READY
from remanso.channels.whatsapp.client import GraphClient
from remanso.channels.whatsapp.media import MediaClient
from remanso.plugin.config import SecretName
from remanso.plugin.registry import Registry
from remanso.runtime.backing import backing
from remanso.runtime.clients import serve_clients
from remanso.runtime.process import Process, run
from remanso.runtime.seeds import plant_seeds_when_possible
from remanso.runtime.settings import load_settings
from remanso.runtime.slots import Slots
from remanso.runtime.sweep import sweep_every
from remanso.runtime.watchdog import watching
from services.agent.credit import release_abandoned
from services.agent.desk import Desk
from services.agent.intake import Intake
from services.agent.media import retention
from services.agent.media.senses import Senses
from services.agent.models.port import Models
from services.agent.models.transcription import SpeechModel
from services.agent.opinions import Opinions
from services.agent.places import Places
from services.agent.presence import Presence
from services.agent.settings import AgentSettings

DRAIN_SECONDS = 18.0
SPARE_CONNECTIONS = 4
MODEL_KEYS: tuple[SecretName, ...] = ("model.api_key", "model.fallback.api_key", "summary.model.api_key")
OPINIONS_SECONDS = 5.0


async def serve(process: Process, settings: AgentSettings) -> None:
    registry = serve_clients(settings.clients_dir, with_tools=True, needs=MODEL_KEYS)
    async with (
        backing(process, settings) as (store, bus),
        Models.connect(
            settings.openai_base_url,
            settings.openai_api_key.get_secret_value(),
            model_keys(registry),
            attempts=settings.openai_attempts,
            attempt_seconds=settings.openai_attempt_seconds,
            retry_seconds=settings.openai_retry_seconds,
            breaker_seconds=settings.openai_breaker_seconds,
            connections=settings.agent_slots + SPARE_CONNECTIONS,
        ) as model,
        MediaClient(settings.graph_base_url, settings.graph_version, settings.graph_timeout_seconds) as files,
        GraphClient(settings.graph_base_url, settings.graph_version, settings.graph_timeout_seconds) as graph,
        SpeechModel.connect(
            settings.openai_transcription_base_url or settings.openai_base_url,
            (settings.openai_transcription_api_key or settings.openai_api_key).get_secret_value(),
            settings.openai_transcription_model,
        ) as transcriber,
    ):
        await plant_seeds_when_possible(store, registry, refresh=settings.agent_seeds == "all")
        slots = Slots(settings.agent_slots)
        desk = Desk(
            store,
            bus.publisher,
            registry,
            model,
            process.instance,
            settings.lease,
            Senses(files, transcriber),
            Presence(graph),
        )
        intake = Intake(store, Places(slots, registry.clients.values()), desk, process.stopping)
        sweep_every(process, settings.agent_sweep_seconds, intake.sweep, name="turns")
        sweep_every(process, settings.agent_sweep_seconds, partial(release_abandoned, store), name="credit")
        sweep_every(process, retention.SECONDS, partial(retention.forget_expired, store), name="media")
        sweep_every(process, OPINIONS_SECONDS, Opinions(desk).sweep, name="opinions")
        try:
            with watching({client.folder: client.name for client in registry.clients.values()}):
                async with bus.consume(AGENT_TURN_READY, intake.handle, prefetch=1):
                    await process.until_stopped()
        finally:  # also when the stop comes while the consumer is still being opened: the sweeper works already
            await slots.drain(DRAIN_SECONDS)


def model_keys(registry: Registry) -> dict[str, str]:
    """The keys that clients' model profiles name, by their variables."""
    return {
        client.config.secret_variables[name]: client.secret(name).get_secret_value()
        for client in registry.clients.values()
        for name in MODEL_KEYS
        if name in client.secrets
    }


if __name__ == "__main__":
    settings = load_settings(AgentSettings)
    run("agent", settings, lambda process: serve(process, settings))
