"""What the model is shown, made from rows alone.

The beginning never changes while a client's prompt and tools stay the same, so that the provider can cache it; what
changes (the time, what is known about the person) comes late, in front of the burst that is to be answered.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from remanso.model.message import Author
from remanso.plugin.config import ClientConfig
from remanso.plugin.registry import Client
from remanso.store.messages import LogMessage
from remanso.store.steps import ToolCall
from services.agent.asking import BotText, Call, CallResult, ContactText, Instruction, PromptItem
from services.agent.phrases import PHRASES, Phrases
from services.agent.scene import Scene
from services.agent.wording import sent_words, worded

Thoughts = Mapping[UUID, Mapping[str, Any] | None]
"""What the model thought in the steps of this turn; that of earlier turns is of no use any more."""
_NO_THOUGHTS: Thoughts = {}

LONGEST_FACT = 400
"""Characters of one thing known about a person."""


def build_prompt(
    client: Client,
    scene: Scene,
    *,
    brief: bool = False,
    added: str | None = None,
    doubted: Sequence[Mapping[str, Any]] = (),
) -> list[PromptItem]:
    """System text, history, a note on time and person, this turn; last a word on length or on what was made up.

    `added` is an instruction of the client's own, for this call.
    """
    phrases = PHRASES[client.config.language]
    before, now = _split(scene)
    results = _by_step(scene.calls)
    thoughts = {step.id: step.reasoning for step in scene.steps}
    return [
        Instruction(f"{client.system_prompt}\n\n{phrases.brackets}"),
        *_said(before, results, phrases, scene),
        Instruction(_note(client.config, phrases, scene)),
        *([Instruction(added)] if added else []),
        *_said(now, results, phrases, scene, thoughts),
        *([Instruction(phrases.brief)] if brief else []),
        *([Instruction(_doubts(doubted, phrases))] if doubted else []),
    ]


def _doubts(problems: Sequence[Mapping[str, Any]], phrases: Phrases) -> str:
    """What a draft claimed without support, in words."""
    quotes = ((phrases.quote.format(problem["text"]), problem.get("about")) for problem in problems)
    claims = (phrases.about.format(quote, about) if about else quote for quote, about in quotes)
    return phrases.ungrounded.format("; ".join(dict.fromkeys(claims)))


def _split(scene: Scene) -> tuple[Sequence[LogMessage], Sequence[LogMessage]]:
    """The log before this turn's burst, and from there on."""
    first = next((at for at, said in enumerate(scene.log) if said.turn_id == scene.turn.id), len(scene.log))
    return scene.log[:first], scene.log[first:]


def _by_step(calls: Sequence[ToolCall]) -> Mapping[UUID, Sequence[ToolCall]]:
    ordered = sorted(calls, key=lambda call: (call.step_id, call.ordinal))
    return {step_id: list(group) for step_id, group in groupby(ordered, lambda call: call.step_id)}


def _said(
    log: Sequence[LogMessage],
    calls: Mapping[UUID, Sequence[ToolCall]],
    phrases: Phrases,
    scene: Scene,
    thoughts: Thoughts = _NO_THOUGHTS,
) -> Iterator[PromptItem]:
    """One item for each burst, and for each thing the bot or a person of the team said.

    What tools sent reads as a part of their results: between a call and its result nothing may stand.
    """
    sent = _by_call(log)
    for (author, _), group in groupby(log, lambda message: (message.author, message.turn_id)):
        if author == Author.CONTACT:
            yield _burst(list(group), phrases, scene)
        elif author == Author.HUMAN:
            yield from (BotText(f"[{phrases.person.format(_by_person(said, phrases, scene))}]") for said in group)
        else:
            for said in group:
                if said.call_id is None:
                    made = calls.get(said.step_id, ()) if said.step_id else ()
                    yield from _bot(said, made, sent, phrases, thoughts.get(said.step_id) if said.step_id else None)


def _by_call(log: Sequence[LogMessage]) -> Mapping[tuple[UUID | None, str], Sequence[LogMessage]]:
    sent: dict[tuple[UUID | None, str], list[LogMessage]] = {}
    for said in log:
        if said.call_id is not None:
            sent.setdefault((said.turn_id, said.call_id), []).append(said)
    return sent


def _by_person(said: LogMessage, phrases: Phrases, scene: Scene) -> str:
    """What a person of the team said: here, or with the phone app, where it may be of any kind."""
    if "kind" not in said.content:
        return str(said.content.get("text", ""))
    return worded(said.contact_content, phrases, scene.targets)


def _is_applied(said: LogMessage, burst: Sequence[LogMessage]) -> bool:
    """Whether it changes a message of the same burst, which reads as changed already."""
    content = said.content
    return content["kind"] in ("edit", "revoke") and any(other.wamid == content["target"] for other in burst)


def _burst(burst: Sequence[LogMessage], phrases: Phrases, scene: Scene) -> ContactText:
    lines = (
        worded(
            said.contact_content,
            phrases,
            scene.targets,
            said.quoted,
            opened=scene.media.get(said.id),
            shown=said.id in scene.pictures,
        )
        for said in burst
        if not _is_applied(said, burst)
    )
    pictures = tuple(scene.pictures[said.id] for said in burst if said.id in scene.pictures)
    return ContactText("\n".join(lines), pictures)


def _bot(
    said: LogMessage,
    calls: Sequence[ToolCall],
    sent: Mapping[tuple[UUID | None, str], Sequence[LogMessage]],
    phrases: Phrases,
    reasoning: Mapping[str, Any] | None,
) -> Iterator[PromptItem]:
    """Text and calls in one, then a result for every call: servers refuse a history that does not pair."""
    text = str(said.content.get("text", ""))
    if text or calls:
        made = tuple(Call(call.call_id, call.name, _readable(call.arguments)) for call in calls)
        yield BotText(text, made, reasoning)
    for call in calls:
        result = phrases.interrupted if call.result is None else call.result
        lines = (
            f"[{sent_words(message.sent_content, phrases)}]" for message in sent.get((call.turn_id, call.call_id), ())
        )
        yield CallResult(call.call_id, "\n".join((result, *lines)))


def _readable(arguments: str) -> str:
    """Some servers read the arguments of earlier calls and fail on broken ones; the result tells what was wrong."""
    try:
        return arguments if isinstance(json.loads(arguments), dict) else "{}"
    except ValueError:
        return "{}"


def _note(config: ClientConfig, phrases: Phrases, scene: Scene) -> str:
    now = scene.conversation.now.astimezone(ZoneInfo(config.timezone))
    return phrases.note.format(
        weekday=phrases.weekdays[now.weekday()],
        date=now.date().isoformat(),
        time=f"{now:%H:%M}",
        timezone=config.timezone,
        known=json.dumps(_known(scene), ensure_ascii=False),
    )


def _known(scene: Scene) -> dict[str, Any]:
    contact = scene.contact
    known = {
        "name": contact.name or contact.profile_name,
        "email": contact.email,
        "location": contact.location,
        **contact.facts,
    }
    return {key: _short(value) for key, value in known.items() if value}


def _short(value: Any) -> Any:
    """The value, or the beginning of its text: a note of ours is no place for somebody's essay."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= LONGEST_FACT else f"{text[:LONGEST_FACT]}…"
