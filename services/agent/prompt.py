"""What the model is shown, made from rows alone.

The beginning never changes while a client's prompt and tools stay the same, and what follows it grows at its end until
the history is cut, so that the provider can cache both; what changes (the time, what is known about the person) comes
late, in front of the burst that is to be answered. The same rows make the same prompt, byte for byte.
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
from services.agent.history import Room, dropped, room_for, shortened, whole_turns
from services.agent.models.window import item_tokens, text_tokens, tools_tokens
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
    alone: bool = False,
) -> list[PromptItem]:
    """System text, summary, history, a note on time and person, this turn; last a word on length or on made-up things.

    `added` is an instruction of the client's own, for this call. `alone`: this turn without anything said before, for
    a server that found it too long.
    """
    phrases = PHRASES[client.config.language]
    room = room_of(client)
    earlier = [] if alone else [*recalled(client, scene), *_kept(client, scene)]
    return [
        Instruction(_system(client)),
        *earlier,
        Instruction(_note(client.config, phrases, scene)),
        *([Instruction(added)] if added else []),
        *shortened(_own(scene, phrases), room.own // 2 if alone else room.own, phrases.omission),
        *([Instruction(phrases.brief)] if brief else []),
        *([Instruction(_doubts(doubted, phrases))] if doubted else []),
    ]


def room_of(client: Client) -> Room:
    """What the client's models leave beside its system text and tools."""
    return room_for(client.config.model, text_tokens(_system(client)) + tools_tokens(client.tools))


def recalled(client: Client, scene: Scene) -> list[ContactText]:
    """The summary of what lies before the history: data like anything a contact says, and never an instruction."""
    if not (client.config.summary.enabled and client.config.model.history_turns and scene.past.text):
        return []
    phrases = PHRASES[client.config.language]
    (words,) = shortened([ContactText(scene.past.text)], room_of(client).history // 2, phrases.omission)
    return [ContactText(phrases.summary.format(words.text))]


def earlier_turns(client: Client, scene: Scene) -> list[list[PromptItem]]:
    """What the model would be shown of each whole turn since the last cut, the oldest first."""
    phrases = PHRASES[client.config.language]
    before, _ = _split(scene)
    results = _by_step(scene.calls)
    return [list(_said(piece, results, phrases, scene)) for piece in whole_turns(before)]


def excess(client: Client, scene: Scene) -> int:
    """How many of the oldest whole turns since the last cut have no room any more."""
    sizes = [sum(map(item_tokens, items)) for items in earlier_turns(client, scene)]
    return dropped(sizes, room_of(client), sum(map(item_tokens, recalled(client, scene))))


def past_turns(scene: Scene) -> list[list[LogMessage]]:
    """The log before this turn's burst, in whole turns."""
    return whole_turns(_split(scene)[0])


def _kept(client: Client, scene: Scene) -> list[PromptItem]:
    return [item for items in earlier_turns(client, scene)[excess(client, scene) :] for item in items]


def _own(scene: Scene, phrases: Phrases) -> list[PromptItem]:
    """This turn: its burst, and what was said and done about it so far."""
    thoughts = {step.id: step.reasoning for step in scene.steps}
    return list(_said(_split(scene)[1], _by_step(scene.calls), phrases, scene, thoughts))


def _system(client: Client) -> str:
    return f"{client.system_prompt}\n\n{PHRASES[client.config.language].brackets}"


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

    Before the first burst since a person was asked for and nobody came a word of ours tells so, where it happened. What
    tools sent reads as a part of their results: between a call and its result nothing may stand.
    """
    sent, untold = _by_call(log), set(scene.unattended)
    for (author, turn_id), group in groupby(log, lambda message: (message.author, message.turn_id)):
        if author == Author.CONTACT:
            if turn_id in untold:
                untold.discard(turn_id)
                yield Instruction(phrases.nobody_came)
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
