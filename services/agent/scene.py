"""All the rows a step is made from. Whoever reads them goes on where the last agent stopped, whoever that was."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from remanso.errors import Forgotten
from remanso.model.message import Author
from remanso.store import Transaction
from remanso.store.contacts import Contact
from remanso.store.conversations import Conversation
from remanso.store.media import StoredMedia
from remanso.store.messages import LogMessage
from remanso.store.steps import Step, ToolCall
from remanso.store.summaries import Past
from remanso.store.turns import Turn, check_epoch
from services.agent.asking import Picture
from services.agent.media.pictures import shown
from services.agent.wording import targets_of


@dataclass(frozen=True)
class Scene:
    """`log` and `calls` reach back to the last cut in the history; `steps` are those of this turn.

    `past` is what lies before the cut. `media` is what became of the files in `log`, by message; `pictures` are those
    of them that the model is shown.
    """

    turn: Turn
    conversation: Conversation
    contact: Contact
    log: tuple[LogMessage, ...]
    calls: tuple[ToolCall, ...]
    steps: tuple[Step, ...]
    targets: Mapping[str, Mapping[str, Any]]
    media: Mapping[UUID, StoredMedia] = field(default_factory=dict)
    pictures: Mapping[UUID, Picture] = field(default_factory=dict)
    past: Past = field(default_factory=Past)
    unattended: frozenset[UUID] = frozenset()
    """Those turns in `log` that were the first since a person was asked for and nobody came."""

    @property
    def own_calls(self) -> tuple[ToolCall, ...]:
        """The calls of this turn, in the order in which the model asked."""
        return tuple(call for call in self.calls if call.turn_id == self.turn.id)

    @property
    def has_sent(self) -> bool:
        """Whether a tool has sent the contact something that stands in the log since they last wrote."""
        for said in reversed(self.log):
            if said.call_id is not None:
                return True
            if said.author == Author.CONTACT:
                return False
        return False


async def read_scene(tx: Transaction, turn: Turn, history_turns: int, pictures: int = 0) -> Scene:
    """The scene of a turn as it is now, with at most so many pictures.

    Of turns that end without the model there may be many since the last cut: twice `history_turns` are read.
    Raises TakenOver when a person holds the conversation, Forgotten when its contact is gone.
    """
    conversation = await tx.conversations.get(turn.conversation_id)
    contact = await tx.contacts.get(conversation.contact_id) if conversation else None
    if conversation is None or contact is None:
        raise Forgotten(f"turn {turn.id} has no conversation or contact")
    check_epoch(turn, conversation)
    past = await tx.summaries.past(conversation.id)
    log = await tx.messages.since_turn(conversation.id, turn.number - 2 * history_turns - 1, past.cut)
    turns = {message.turn_id for message in log if message.turn_id is not None} | {turn.id}
    media = {stored.message_id: stored for stored in await tx.media.of_turns(sorted(turns))}
    return Scene(
        turn=turn,
        conversation=conversation,
        contact=contact,
        log=tuple(log),
        calls=tuple(await tx.steps.calls_of(sorted(turns))),
        steps=tuple(await tx.steps.of_turn(turn.id)),
        targets=await tx.messages.texts_of(conversation.channel, _targets(log)),
        media=media,
        pictures=await _pictures(tx, media, shown(log, media, turn.id, pictures)),
        past=past,
        unattended=frozenset(await tx.turns.nobody_came_before(turns)),
    )


async def read_past(tx: Transaction, scene: Scene, after: int, until: int, most: int) -> Scene:
    """The same conversation between two positions, the newest `most` messages of it, without pictures."""
    log = await tx.messages.between(scene.conversation.id, after, until, most)
    turns = sorted({message.turn_id for message in log if message.turn_id is not None})
    return replace(
        scene,
        log=tuple(log),
        calls=tuple(await tx.steps.calls_of(turns)),
        steps=(),
        targets=await tx.messages.texts_of(scene.conversation.channel, _targets(log)),
        media={stored.message_id: stored for stored in await tx.media.of_turns(turns)},
        pictures={},
        unattended=frozenset(await tx.turns.nobody_came_before(turns)),
    )


async def _pictures(tx: Transaction, media: Mapping[UUID, StoredMedia], ids: list[UUID]) -> dict[UUID, Picture]:
    contents = await tx.media.contents(ids)
    return {id_: Picture(media[id_].mime_type or "", contents[id_]) for id_ in ids if id_ in contents}


def _targets(log: list[LogMessage]) -> list[str]:
    spoken = (message for message in log if message.author == Author.CONTACT)
    return sorted({wamid for message in spoken for wamid in targets_of(message.contact_content, message.quoted)})
