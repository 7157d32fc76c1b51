"""Whether what the bot is about to say is grounded in what the model was shown."""

from zoneinfo import ZoneInfo

from remanso.plugin.registry import Client
from services.agent.grounding.check import Problem, unsupported
from services.agent.grounding.evidence import read_evidence
from services.agent.prompt import build_prompt
from services.agent.scene import Scene


def vet(client: Client, scene: Scene, text: str, added: str | None = None) -> tuple[Problem, ...]:
    """What the text claims without support; nothing where the client does without the check.

    The evidence is the prompt itself, but not the note that repeats what a draft had made up.
    """
    config = client.config
    if not (text and config.grounding.enabled):
        return ()
    numbers = (channel.display_number for channel in config.channels)
    evidence = read_evidence(
        build_prompt(client, scene, added=added),
        ZoneInfo(config.timezone),
        facts=(config.title, *numbers, *config.grounding.facts),
        hosts=config.grounding.hosts,
    )
    return unsupported(text, evidence)
