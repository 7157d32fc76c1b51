"""Whether what the bot is about to say is grounded in what the model was shown."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from remanso.model.outgoing import Outgoing
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


def vet_sent(client: Client, scene: Scene, arguments: str, sent: Sequence[Outgoing]) -> tuple[Problem, ...]:
    """What the model has put into buttons, lists and captions that a tool sends, checked as its own texts are.

    Its words are those of the call's `arguments` (JSON, already found to fit) that stand in what is sent: the rest is
    the client's code's, which tells what it knows.
    """
    if not sent:
        return ()
    shown = [word for message in sent for word in message.words()]
    lines = (
        " – ".join(piece for piece in line if any(piece in word for word in shown))
        for line in _lines(json.loads(arguments or "{}"))
    )
    return vet(client, scene, "\n".join(filter(None, lines)))


def _lines(value: Any) -> Iterator[list[str]]:
    """The texts in arguments, a line each; those of one inner object, a list's row, stand in one line."""
    values = list(value.values()) if isinstance(value, dict) else value
    for inner in values:
        if isinstance(inner, list):
            yield from _lines(inner)
        else:
            yield list(_texts(inner))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
