"""How much of a conversation the model is shown: whole turns, counted in tokens. Pure.

A cut takes the oldest turns away until half of the room is free again: what a provider has cached of a prompt ends
where the prompt changes, so its beginning must not move with every turn.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from remanso.plugin.model_profile import ModelProfile
from remanso.store.messages import LogMessage
from services.agent.asking import CallResult, ContactText, PromptItem
from services.agent.models.window import item_tokens

NOTES = 1_000
"""Tokens kept free for what is not known yet: the note on the person, a hook's words, a word on a draft."""
LEAST_SHOWN = 200
"""Characters that a text keeps however little room there is."""


@dataclass(frozen=True)
class Room:
    """Tokens that earlier turns may have, how many of them there may be, and the tokens of the turn in hand."""

    history: int
    turns: int
    own: int


def room_for(profile: ModelProfile, fixed: int) -> Room:
    """The room beside `fixed` tokens of instructions and tools, in the smallest window of the client's models.

    Earlier turns never get more than half of it: the turn in hand matters more.
    """
    free = min(each.context_window - each.max_output_tokens for each in profile.profiles) - fixed - NOTES
    free = max(0, free)
    history = min(profile.history_tokens, free // 2) if profile.history_turns else 0
    return Room(history, profile.history_turns, free - history)


def whole_turns(log: Iterable[LogMessage]) -> list[list[LogMessage]]:
    """The log in pieces that are kept or dropped together: a turn, and what people said until the next one."""
    pieces: list[list[LogMessage]] = []
    known: set[UUID] = set()
    for said in log:
        begins = said.turn_id is not None and said.turn_id not in known
        if not pieces or (begins and known):
            pieces.append([])
        if said.turn_id is not None:
            known.add(said.turn_id)
        pieces[-1].append(said)
    return pieces


def dropped(sizes: Sequence[int], room: Room, summary: int = 0) -> int:
    """How many of the oldest turns of these `sizes` (tokens) go. None as long as all have room beside the summary."""
    most = room.history - summary
    if sum(sizes) <= most and len(sizes) <= room.turns:
        return 0
    half = _fewest_dropped(sizes, room.history // 2 - summary, max(1, room.turns // 2))
    newest_fits = bool(sizes) and room.turns > 0 and sizes[-1] <= most
    return len(sizes) - 1 if newest_fits and half == len(sizes) else half


def _fewest_dropped(sizes: Sequence[int], tokens: int, turns: int) -> int:
    left, total = 0, 0
    for size in reversed(sizes):
        if left == turns or total + size > tokens:
            break
        left, total = left + 1, total + size
    return len(sizes) - left


def shortened(items: Sequence[PromptItem], most: int, omission: str) -> list[PromptItem]:
    """The items, the longest texts among them without their middles where all together have more than `most` tokens.

    `omission` says with `{}` how many characters are missing. What the bot said stays whole, and so do calls.
    """
    if sum(map(item_tokens, items)) <= most:
        return list(items)
    short, long = LEAST_SHOWN, max((len(item.text) for item in items), default=LEAST_SHOWN)
    while short < long:
        middle = (short + long + 1) // 2
        if sum(item_tokens(_clipped(item, middle, omission)) for item in items) <= most:
            short = middle
        else:
            long = middle - 1
    return [_clipped(item, short, omission) for item in items]


def _clipped(item: PromptItem, most: int, omission: str) -> PromptItem:
    return replace(item, text=clip(item.text, most, omission)) if isinstance(item, ContactText | CallResult) else item


def clip(text: str, most: int, omission: str) -> str:
    """The text, or its beginning and its end with a word on how many characters are missing between them."""
    if len(text) <= most:
        return text
    end = most // 4
    return f"{text[: most - end]} [{omission.format(len(text) - most)}] {text[len(text) - end :]}"
